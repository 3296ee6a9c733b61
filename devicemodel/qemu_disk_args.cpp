#include "devicemodel/qemu_disk_args.h"

#include <fmt/format.h>

#include <algorithm>

#include "devicemodel/disk_target.h"
#include "devicemodel/qemu_args.h"

namespace xenlaunch {
namespace {

/// Without an image it is a drive that is empty.
std::string drive(const DiskConfig& disk) {
  std::string drive = "if=none,id=drive-" + disk.target;
  if (!disk.image.empty())
    drive += disk.format == DiskFormat::qcow2 ? ",format=qcow2" : ",format=raw";
  if (disk.type == DiskType::cdrom || disk.readonly)
    drive += ",readonly=on";
  else
    drive += disk.discard ? ",cache=writeback,discard=unmap" : ",cache=writeback";
  if (!disk.image.empty()) drive += ",file=" + qemu_value(disk.image);
  return drive;
}

/// hda is unit 0 of ide.0, hdd unit 1 of ide.1; each port of the AHCI controller has one unit.
std::string disk_device(const DiskConfig& disk, const DiskTarget& target) {
  const std::string names = fmt::format("id={0},drive=drive-{0}", disk.target);
  const char* model = disk.type == DiskType::cdrom ? "ide-cd" : "ide-hd";
  switch (target.bus) {
    case DiskBus::ide:
      return fmt::format("{},{},bus=ide.{},unit={}", model, names, target.index / 2,
                         target.index % 2);
    case DiskBus::ahci:
      return fmt::format("{},{},bus=ahci0.{}", model, names, target.index);
    case DiskBus::nvme:
      return fmt::format("nvme,{},serial={},addr={:02x}", names, disk.target,
                         nvme_slot(target.index));
    case DiskBus::xen:
      break;
  }
  return {};
}

}  // namespace

/// Above those that QEMU opens before it gets to them.
int handed_file(std::size_t place) {
  constexpr int first = 512;
  return first + static_cast<int>(place);
}

std::string handed_path(std::size_t place) {
  return fmt::format("/dev/fdset/{}", place);
}

void add_disks(std::vector<std::string>& argv, const DeviceModelSpec& spec) {
  const auto is_on = [](DiskBus bus) {
    return [bus](const DiskConfig& disk) { return target_of(disk).bus == bus; };
  };
  if (std::ranges::any_of(spec.disks, is_on(DiskBus::ahci)))
    argv.insert(argv.end(), {"-device", fmt::format("ich9-ahci,id=ahci0,addr={:02x}", ahci_slot)});
  for (const DiskConfig& disk : spec.disks) {
    const DiskTarget target = target_of(disk);
    if (target.bus != DiskBus::xen)
      argv.insert(argv.end(), {"-drive", drive(disk), "-device", disk_device(disk, target)});
  }
}

void add_handed_images(std::vector<std::string>& argv, const DeviceModelSpec& spec) {
  const std::vector<std::string>& targets = spec.handed_images;
  for (std::size_t i = 0; i < targets.size(); ++i)
    argv.insert(argv.end(),
                {"-add-fd", fmt::format("fd={},set={},opaque={}", handed_file(i), i, targets[i])});
}

}  // namespace xenlaunch
