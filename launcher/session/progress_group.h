#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/log_file.h"
#include "base/progress.h"

namespace xenlaunch {

/// Tells several.
class ProgressGroup final : public Progress {
 public:
  explicit ProgressGroup(std::vector<Progress*> all) : all_{std::move(all)} {}
  void step(const std::string& text) override {
    for (Progress* one : all_) one->step(text);
  }
  void info(const std::string& text) override {
    for (Progress* one : all_) one->info(text);
  }
  void warning(const std::string& text) override {
    for (Progress* one : all_) one->warning(text);
  }
  void event(const ProgressEvent& event) override {
    for (Progress* one : all_) one->event(event);
  }

 private:
  std::vector<Progress*> all_;
};

/// What is worth keeping, in the VM's log.
class LogProgress final : public Progress {
 public:
  explicit LogProgress(LogFile& log) : log_{log} {}
  void step(const std::string& /*text*/) override {}
  void info(const std::string& text) override { log_.say(text); }
  void warning(const std::string& text) override { log_.say("warning: " + text); }

 private:
  LogFile& log_;
};

}  // namespace xenlaunch
