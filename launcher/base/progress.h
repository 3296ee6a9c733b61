#pragma once

#include <string>

namespace xenlaunch {

/// Told how something that takes its time goes on.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void step(const std::string& text) = 0;  ///< begun
  virtual void info(const std::string& text) = 0;
  virtual void warning(const std::string& text) = 0;
};

}  // namespace xenlaunch
