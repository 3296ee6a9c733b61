#pragma once

#include <optional>
#include <string>
#include <vector>

#include "launcher/checks/firmware_region.h"
#include "launcher/host/pci_function.h"

/// What a GPU has to do with the functions beside it.
namespace xenlaunch {

/// Why it cannot be reset between two guests; nullopt where it can.
std::optional<std::string> why_no_reset(const PciFunction& gpu, const HostPci& host);

/// The other physical functions of its device, bridges apart.
std::vector<PciFunction> siblings(const PciFunction& gpu, const HostPci& host);

/// "0000:01:00.1 (audio)"
std::string with_kind(const PciFunction& function);

/// The regions that other devices share with it.
std::vector<FirmwareRegion> shared_regions(const PciFunction& gpu,
                                           const std::vector<FirmwareRegion>& regions);

/// The other devices of such a region.
std::vector<std::string> sharers(const PciFunction& gpu, const FirmwareRegion& region);

/// "a", "a and b", "a, b and c"
std::string list_of(const std::vector<std::string>& items);

}  // namespace xenlaunch
