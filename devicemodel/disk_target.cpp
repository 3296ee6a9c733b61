#include "devicemodel/disk_target.h"

#include <array>

namespace xenlaunch {
namespace {

struct Range {
  std::string_view prefix;
  DiskBus bus;
  char first;
  unsigned count;
};

constexpr std::array<Range, 4> ranges{{{"hd", DiskBus::ide, 'a', ide_disks},
                                       {"sd", DiskBus::ahci, 'a', ahci_ports},
                                       {"xvd", DiskBus::xen, 'a', 26},
                                       {"nvme", DiskBus::nvme, '0', nvme_disks}}};

}  // namespace

std::optional<DiskTarget> parse_disk_target(std::string_view text) {
  for (const Range& range : ranges) {
    if (text.size() != range.prefix.size() + 1 || !text.starts_with(range.prefix)) continue;
    const int index = text.back() - range.first;
    if (index >= 0 && index < static_cast<int>(range.count))
      return DiskTarget{.bus = range.bus, .index = static_cast<unsigned>(index)};
  }
  return std::nullopt;
}

DiskTarget target_of(const DiskConfig& disk) {
  return parse_disk_target(disk.target).value();
}

unsigned virtual_device(const DiskTarget& target) {
  constexpr unsigned first_ide_major = 3;
  constexpr unsigned second_ide_major = 22;
  constexpr unsigned scsi_major = 8;
  constexpr unsigned xen_major = 202;
  switch (target.bus) {
    case DiskBus::ide:
      return (target.index < 2 ? first_ide_major : second_ide_major) << 8 | (target.index % 2) << 6;
    case DiskBus::ahci:
      return scsi_major << 8 | target.index << 4;
    case DiskBus::xen:
      return target.index < 16 ? xen_major << 8 | target.index << 4 : 1U << 28 | target.index << 8;
    case DiskBus::nvme:
      break;
  }
  return 0;
}

}  // namespace xenlaunch
