#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "devicemodel/guest_devices.h"

namespace xenlaunch {

enum class DiskBus {
  ide,   ///< hda to hdd, on the two channels of the machine's controller
  ahci,  ///< sda to sdf, on the six ports of one controller
  xen,   ///< xvda to xvdz, which nothing emulates
  nvme,  ///< nvme0 to nvme7, each a controller with one namespace
};

/// Where a guest has a disk, as the `target` of a VM file names it.
struct DiskTarget {
  DiskBus bus{};
  unsigned index{};  ///< from 0
  friend bool operator==(const DiskTarget&, const DiskTarget&) = default;
};

constexpr unsigned ide_disks = 4;
constexpr unsigned ahci_ports = 6;
constexpr unsigned nvme_disks = 8;

/// nullopt for what is no target.
std::optional<DiskTarget> parse_disk_target(std::string_view text);

/// Of a target that a VM file was allowed to have.
DiskTarget target_of(const DiskConfig& disk);

/// The places of the emulated controllers on the guest's bus 0.
constexpr std::uint8_t ahci_slot = 0x1d;
constexpr std::uint8_t nvme_slot(unsigned index) {
  return static_cast<std::uint8_t>(0x14 - index);
}

/// Whether QEMU emulates it on IDE or AHCI. Such a disk cannot be read-only, and no other can be a
/// CD-ROM drive.
inline bool is_ata(const DiskTarget& target) {
  return target.bus == DiskBus::ide || target.bus == DiskBus::ahci;
}

/// The paravirtual disk's number in xenstore (docs/man/xen-vbd-interface.7.pandoc): 768 for hda,
/// 2048 for sda, 51712 for xvda. Of any but an NVMe disk, which has none.
unsigned virtual_device(const DiskTarget& target);

}  // namespace xenlaunch
