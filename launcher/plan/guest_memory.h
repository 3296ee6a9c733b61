#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// Size in MiB of the hole below 4 GiB: at least 256, doubled until the 32-bit BARs of the passed
/// devices and the emulated devices' fit, at most 2048. hvmloader moves 64-bit BARs above RAM
/// itself when they do not fit, but neither moves 32-bit ones nor may it move RAM, which upstream
/// QEMU could not follow.
/// `wanted_mib`, the VM file's, counts instead where it is given.
/// Throws Error: ExitCode::host when 2048 MiB do not suffice, ExitCode::vm_file when those wanted
/// do not.
std::uint64_t mmio_hole_mib(const std::vector<PlannedDevice>& devices,
                            std::optional<std::uint64_t> wanted_mib = {});

/// KiB that the domain may have beyond its memory: QEMU populates the ROMs of its devices in guest
/// memory. libxl allows 1 MiB, which a video BIOS can use up; here the ROM of every passed device
/// and of every emulated network card comes on top.
std::uint64_t slack_kib(const std::vector<PlannedDevice>& devices,
                        const std::vector<EmulatedNic>& nics);

}  // namespace xenlaunch
