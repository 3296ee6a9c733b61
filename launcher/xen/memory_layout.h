#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "launcher/config/vm_config.h"

namespace xenlaunch {

/// Memory that the host's firmware reserved for a device (RMRR, IVMD) and that the guest must see
/// at the same address.
struct ReservedRegion {
  std::uint64_t start{};  ///< bytes
  std::uint64_t size{};   ///< bytes
  PciAddress device;
  RdmPolicy policy = RdmPolicy::strict;
  friend bool operator==(const ReservedRegion&, const ReservedRegion&) = default;
};

struct MemoryRange {
  enum class Kind { ram, reserved } kind = Kind::ram;
  std::uint64_t start{};  ///< bytes
  std::uint64_t size{};   ///< bytes
  friend bool operator==(const MemoryRange&, const MemoryRange&) = default;
};

/// Where the guest's RAM lies.
struct MemoryLayout {
  std::uint64_t lowmem_end{};   ///< bytes; RAM below 4 GiB ends here
  std::uint64_t highmem_end{};  ///< bytes; 0 where there is no RAM above 4 GiB
  std::uint64_t mmio_start{};
  std::uint64_t mmio_size{};
  std::vector<MemoryRange> map;       ///< for xc_domain_set_memory_map, by address
  std::vector<std::string> warnings;  ///< regions left out, policy relaxed
  friend bool operator==(const MemoryLayout&, const MemoryLayout&) = default;
};

/// Lays RAM around the hole below 4 GiB and the reserved regions, as
/// libxl__domain_device_construct_rdm (tools/libs/light/libxl_dm.c) and
/// libxl__arch_domain_construct_memmap (libxl_x86.c) do: RAM is cut off below the first region at
/// or above 2 GiB that it would cover, and goes on above 4 GiB; a region below 2 GiB, or above 4
/// GiB, that RAM would cover is an Error (ExitCode::xen) under policy strict, a warning under
/// relaxed. Sizes in bytes.
MemoryLayout lay_out_memory(std::uint64_t ram, std::uint64_t mmio_hole,
                            const std::vector<ReservedRegion>& reserved);

}  // namespace xenlaunch
