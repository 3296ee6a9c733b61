#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// Sets the memory decode bit of the command register in the config space at `config`. Returns
/// whether it was clear. Throws Error (ExitCode::host) "cannot ACTION PATH: REASON".
bool enable_memory_decode(const std::filesystem::path& config);

/// Clears the memory decode bit. Throws as enable_memory_decode.
void disable_memory_decode(const std::filesystem::path& config);

/// Why `rom`, switched on, gives no expansion ROM; nullopt where it begins with 55 AA.
std::optional<std::string> rom_problem(const std::filesystem::path& rom);

/// What a copy of another host's files has as `rom` where that could not be read.
inline constexpr const char* rom_not_read = "not read\n";

/// Whether a video BIOS can be had from the `rom` of this function below `root`; nullopt where that
/// is not known. Only the copy that the firmware left in memory is looked at, since that touches no
/// device (IORESOURCE_ROM_SHADOW of Linux include/linux/ioport.h): a host that booted by UEFI has
/// an empty one. Of a copy of another host's files what its `rom` holds counts.
std::optional<bool> has_rom(const std::filesystem::path& root, const PciFunction& function);

/// What sysfs `resource` says, with no region in its seventh line, the ROM's
/// (drivers/pci/pci-sysfs.c of Linux, resource_show).
std::string without_rom(const std::string& resource);

}  // namespace xenlaunch
