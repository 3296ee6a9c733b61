#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/pci_address.h"

namespace xenlaunch {

/// Memory that the firmware keeps for devices, and that an IOMMU has to map for them (an RMRR).
struct FirmwareRegion {
  std::uint64_t start{};            ///< address of its first byte
  std::uint64_t end{};              ///< address of its last byte
  std::vector<PciAddress> devices;  ///< those of its scope that are there, sorted
  std::size_t scopes{};             ///< how many the scope names, there or not
  friend bool operator==(const FirmwareRegion&, const FirmwareRegion&) = default;
};

}  // namespace xenlaunch
