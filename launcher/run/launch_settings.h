#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/domid.h"
#include "base/paths.h"
#include "launcher/config/host_settings.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// What a start needs to know beside its plan.
struct LaunchSettings {
  Directories directories{};
  std::chrono::seconds ready_timeout{60};  ///< for QEMU
  WithoutReset return_without_reset = WithoutReset::pciback;
  std::vector<std::string> trusted_folders{};  ///< where images may name files
  /// Throws where the function, as it is now that nobody else can change it, must stay with dom0.
  std::function<void(const PciFunction&)> judge = [](const PciFunction&) {};
  /// Called whenever a domain has been started: the guest runs, or is paused as it was asked for.
  std::function<void(Domid)> on_started = [](Domid) {};
  /// Whether somebody has asked for the VM's end: then its next end is its last.
  std::function<bool()> stop_requested = [] { return false; };
};

}  // namespace xenlaunch
