#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "base/domid.h"
#include "base/paths.h"

namespace xenlaunch {

/// What a start needs to know beside its plan.
struct LaunchSettings {
  std::filesystem::path log_directory = xenlaunch::log_directory;
  std::chrono::seconds ready_timeout{60};  ///< for QEMU
  /// Called whenever a domain has been started: the guest runs, or is paused as it was asked for.
  std::function<void(Domid)> on_started = [](Domid) {};
  /// Whether somebody has asked for the VM's end: then its next end is its last.
  std::function<bool()> stop_requested = [] { return false; };

  std::filesystem::path log(const std::string& vm) const { return log_path(log_directory, vm); }
};

}  // namespace xenlaunch
