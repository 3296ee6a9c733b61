#include "launcher/plan/planned_disk.h"

#include <algorithm>

#include "devicemodel/disk_target.h"

namespace xenlaunch {
namespace {

bool is_paravirtual(const DiskConfig& disk, const HostDisks& host) {
  if (disk.type == DiskType::cdrom) return false;
  switch (target_of(disk).bus) {
    case DiskBus::ide:
    case DiskBus::xen:
      return true;
    case DiskBus::ahci:
      return host.unplugs_ahci;
    case DiskBus::nvme:
      break;
  }
  return false;
}

PlannedDisk plan_disk(const DiskConfig& disk, const HostDisks& host) {
  PlannedDisk planned{.config = disk};
  if (const auto linked = host.linked_images.find(disk.image); linked != host.linked_images.end())
    planned.links = linked->second;
  if (!is_paravirtual(disk, host)) return planned;
  planned.backend = DiskBackend::qdisk;
  const auto device = host.block_devices.find(disk.image);
  if (disk.format != DiskFormat::raw || device == host.block_devices.end()) return planned;
  planned.device = device->second;
  if (host.blkback) planned.backend = DiskBackend::blkback;
  return planned;
}

}  // namespace

std::vector<PlannedDisk> plan_disks(const std::vector<DiskConfig>& disks, const HostDisks& host) {
  std::vector<PlannedDisk> planned;
  for (const DiskConfig& disk : disks) planned.push_back(plan_disk(disk, host));
  return planned;
}

bool uses_blkback(const std::vector<PlannedDisk>& disks) {
  return std::ranges::find(disks, DiskBackend::blkback, &PlannedDisk::backend) != disks.end();
}

}  // namespace xenlaunch
