#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "base/progress.h"

namespace xenlaunch {

enum class Verbosity { quiet, normal, verbose };

/// Messages for people: "xenlaunch: …", one a line. On a terminal the step under way stands in a
/// line of its own that the next message replaces; elsewhere steps are told only when verbose.
class TerminalProgress final : public Progress {
 public:
  TerminalProgress(std::ostream& err, bool terminal);
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;
  ~TerminalProgress() override;

  void set_verbosity(Verbosity verbosity);

  void step(const std::string& text) override;
  void info(const std::string& text) override;
  void warning(const std::string& text) override;
  void error(const std::string& text);
  void internal_error(const std::string& text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xenlaunch
