#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "devicemodel/device_model_spec.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// The guest slots of the controllers that QEMU emulates for `disks`, IDE apart.
std::vector<std::uint8_t> slots_of_disks(const std::vector<DiskConfig>& disks);

/// The guest slot of each passed device: an integrated GPU in 02, where its drivers look for it;
/// every other where the VM file says, or from 06 up in the order given, but not in the slots
/// `taken` by what QEMU emulates. Functions of one host device share a slot, as they do on the
/// host, when function 0 is among them; otherwise each has a slot of its own. Throws Error
/// (ExitCode::vm_file) when the slots do not suffice.
std::vector<PassthroughSpec> place_in_guest(const std::vector<PlannedDevice>& devices,
                                            const std::vector<PciDeviceConfig>& options,
                                            const std::set<std::uint8_t>& taken = {});

}  // namespace xenlaunch
