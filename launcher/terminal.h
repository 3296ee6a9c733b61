#pragma once

#include <iosfwd>
#include <string>

#include "launcher/host_access.h"

namespace xenlaunch {

enum class Verbosity { quiet, normal, verbose };

/// Messages for people: "xenlaunch: …", one a line. On a terminal the step under way stands in a
/// line of its own that the next message replaces; elsewhere steps are told only when verbose.
class TerminalProgress final : public Progress {
 public:
  TerminalProgress(std::ostream& err, Verbosity verbosity, bool terminal);
  ~TerminalProgress() override;

  void set_verbosity(Verbosity verbosity) { verbosity_ = verbosity; }

  void step(const std::string& text) override;
  void info(const std::string& text) override;
  void warning(const std::string& text) override;
  void error(const std::string& kind, const std::string& text);

 private:
  void line(const std::string& prefix, const std::string& colour, const std::string& text);
  void clear();

  std::ostream& err_;
  Verbosity verbosity_;
  bool terminal_;
  bool pending_ = false;
};

}  // namespace xenlaunch
