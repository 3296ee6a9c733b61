#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/pci_address.h"

namespace xenlaunch {

/// The function that the kernel's VGA arbiter has as the system display device, from what
/// /dev/vga_arbiter answers: "count:N,PCI:SSSS:BB:DD.F,decodes=…" on the first line (vga_arb_read
/// of Linux drivers/pci/vgaarb.c). nullopt for "invalid" and for anything else.
std::optional<PciAddress> parse_vga_arbiter(std::string_view answer);

/// The same of the host below `root`; nullopt too where it cannot be read. A copy of another host
/// has it as a regular file.
std::optional<PciAddress> system_display_device(const std::filesystem::path& root);

}  // namespace xenlaunch
