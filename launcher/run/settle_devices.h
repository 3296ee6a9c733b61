#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/progress.h"
#include "launcher/checks/device_choice.h"
#include "launcher/config/host_settings.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/locks.h"
#include "launcher/host/this_host.h"

namespace xenlaunch {

/// A VM of which no device is open any more.
struct SettledVm {
  VmConfig vm;
  DeviceChoice choice;
  /// Those of the devices that were chosen: held until the start holds them by itself.
  std::vector<std::shared_ptr<void>> locks{};
};

/// Chooses the VM's devices on the host below `root`, and locks them. Without `locks` it only
/// looks: then what a running VM of this name has counts as free. Throws Refused where there is
/// none, with a finding for each that could have been; also Error as the readers and connections
/// do.
SettledVm settle_devices(const VmConfig& vm, const ThisHost& host,
                         const std::filesystem::path& root, const HostSettings& settings,
                         Locks* locks, Progress& progress);

/// "0000:01:00.0 (10de:2684) was chosen as a GPU", for each that was.
std::vector<std::string> what_was_chosen(const VmConfig& vm, const DeviceChoice& choice);

/// Keeps for the VM's next start what was chosen; nothing where nothing had to be.
void remember_choice(const std::string& vm, const DeviceChoice& choice, const ThisHost& host,
                     Progress& progress);

}  // namespace xenlaunch
