#pragma once

#include <filesystem>

#include "launcher/config/host_settings.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/pci_function.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// What resolve has to know of the PCI functions below `root`. Throws Error as read_host_pci.
HostPci read_pci_of(const VmConfig& vm, const std::filesystem::path& root);

/// The plan of a VM file on the host below `root`. Throws Error as read_vm_file and resolve do.
LaunchPlan plan_vm(const std::filesystem::path& vm_file, const std::filesystem::path& root,
                   const HostSettings& settings);

}  // namespace xenlaunch
