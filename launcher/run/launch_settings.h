#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/domid.h"
#include "base/paths.h"

namespace xenlaunch {

/// What a start needs to know beside its plan.
struct LaunchSettings {
  Directories directories{};
  std::chrono::seconds ready_timeout{60};  ///< for QEMU
  /// Called whenever a domain has been started: the guest runs, or is paused as it was asked for.
  std::function<void(Domid)> on_started = [](Domid) {};
  /// Whether somebody has asked for the VM's end: then its next end is its last.
  std::function<bool()> stop_requested = [] { return false; };
};

}  // namespace xenlaunch
