#pragma once

#include <string>
#include <vector>

#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// Whether QEMU has to be in dom0's network: it listens there, has tap devices on dom0's bridges,
/// hears of USB devices, or may be told to do any of that by arguments of the user's.
bool needs_network(const LaunchPlan& plan);

/// What QEMU is kept from, as programs know it: "files", "system_calls", "privileges", "ipc" and
/// "network"; where the kernel has what that takes.
std::vector<std::string> planned_confinement(const LaunchPlan& plan);

/// The same for people: "confined: files, system calls, …".
std::string describe_confinement(const std::vector<std::string>& confinement);

}  // namespace xenlaunch
