#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/pci_address.h"
#include "launcher/config/vm_config.h"

namespace xenlaunch {

/// Which device each entry of `pci` in a VM file is, by its index there. What the guest goes
/// without is not in it.
using ChosenDevices = std::map<std::size_t, PciAddress>;

/// The VM with these devices, as if the file had named them; without the entries that have none.
VmConfig with_chosen(VmConfig vm, const ChosenDevices& chosen);

/// A line for each: "0 0000:01:00.0".
std::string format_chosen(const ChosenDevices& chosen);
/// nullopt for anything that format_chosen does not write.
std::optional<ChosenDevices> parse_chosen(std::string_view text);

}  // namespace xenlaunch
