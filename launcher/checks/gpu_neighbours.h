#pragma once

#include <optional>
#include <string>
#include <vector>

#include "launcher/host/pci_function.h"

/// What a GPU has to do with the functions beside it.
namespace xenlaunch {

/// Why it cannot be reset between two guests; nullopt where it can.
std::optional<std::string> why_no_reset(const PciFunction& gpu, const HostPci& host);

/// What belongs to the GPU among the other functions of its device: its sound device, its USB and
/// USB-C controllers, a second display function, by class and by the same vendor. What an APU has
/// beside its GPU, the host's USB controllers and its security processor, is of another one.
std::vector<PciFunction> companions(const PciFunction& gpu, const HostPci& host);

/// Whether it is part of the board: of the chipset, of an AMD APU, or of a server's management.
bool is_on_board(const PciFunction& gpu, const HostPci& host);

/// "0000:01:00.1 (audio)"
std::string with_kind(const PciFunction& function);

/// "a", "a and b", "a, b and c"
std::string list_of(const std::vector<std::string>& items);

}  // namespace xenlaunch
