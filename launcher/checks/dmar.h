#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/pci_address.h"
#include "launcher/checks/firmware_region.h"

namespace xenlaunch {

/// A device as the firmware names it: from a bus down through bridges.
struct DeviceScope {
  bool bridge = false;  ///< a bridge, standing for all behind it; else the device itself
  std::uint8_t start_bus{};
  /// Device (0..31) and function (0..7) of each bridge on the way, and of the device at the end; at
  /// least one.
  std::vector<std::pair<std::uint8_t, std::uint8_t>> path;
  friend bool operator==(const DeviceScope&, const DeviceScope&) = default;
};

/// An RMRR structure: memory that the firmware set up for the devices in scope.
struct ReservedMemory {
  std::uint16_t segment{};
  std::uint64_t base{};   ///< address of its first byte
  std::uint64_t limit{};  ///< address of its last byte
  std::vector<DeviceScope> scopes;
  friend bool operator==(const ReservedMemory&, const ReservedMemory&) = default;
};

/// Intel's DMA remapping table, in what matters here.
struct DmarTable {
  bool checksum_is_right = false;    ///< Linux and Xen use the table all the same
  bool interrupt_remapping = false;  ///< the firmware says that the platform has it
  unsigned remapping_units{};        ///< DRHD structures: IOMMUs
  std::vector<ReservedMemory> reserved;
  /// What is wrong with structures of it that are left out: "cannot read the ACPI table DMAR:
  /// REASON".
  std::vector<std::string> problems;
  friend bool operator==(const DmarTable&, const DmarTable&) = default;
};

/// Reads the bytes of /sys/firmware/acpi/tables/DMAR, or of RMAD there, which is what dom0 sees of
/// it (see DoctorFacts). Layout: Intel VT-d specification, chapter 8 (BIOS considerations). Throws
/// Error (ExitCode::host) "cannot read the ACPI table DMAR: REASON" for a header that is broken; a
/// structure that is loses only itself, and where its length is wrong also what follows.
DmarTable parse_dmar(std::string_view bytes);

/// The secondary bus of a bridge; nullopt where there is no such bridge.
using SecondaryBus = std::function<std::optional<std::uint8_t>(const PciAddress& bridge)>;

using IsThere = std::function<bool(const PciAddress& device)>;

/// The regions with the addresses of their devices, sorted and each once, as far as `is_there` says
/// that there is one. `secondary_bus` is asked for scopes that lead through bridges.
std::vector<FirmwareRegion> reserved_regions(const DmarTable& table,
                                             const SecondaryBus& secondary_bus,
                                             const IsThere& is_there);

/// Looks at the header of AMD's table, /sys/firmware/acpi/tables/IVRS. Throws Error
/// (ExitCode::host) "cannot read the ACPI table IVRS: REASON" where its signature, length or
/// checksum is wrong; Xen then uses no IOMMU (get_supported_ivhd_type of
/// xen/drivers/passthrough/amd/iommu_acpi.c).
void check_ivrs(std::string_view bytes);

}  // namespace xenlaunch
