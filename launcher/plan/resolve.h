#pragma once

#include <vector>

#include "launcher/config/host_settings.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/host_disks.h"
#include "launcher/host/host_usb.h"
#include "launcher/host/pci_function.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/plan/start_mode.h"

namespace xenlaunch {

/// Turns a VM file into a plan for this host. Pure. Throws Error: ExitCode::host, with all problems
/// at once, where a passed device is not there or is not what it was expected to be;
/// ExitCode::vm_file where the file contradicts itself.
LaunchPlan resolve(const VmConfig& vm, const HostPci& host, const HostSettings& settings,
                   const StartMode& mode = {}, const HostDisks& disks = {},
                   const std::vector<HostUsbDevice>& usb = {});

/// In the order of `devices`.
std::vector<PciFunction> functions_of(const std::vector<PlannedDevice>& devices);

}  // namespace xenlaunch
