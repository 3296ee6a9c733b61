#include <string>

#include "devicemodel/disk_target.h"
#include "launcher/config/first_lines.h"
#include "launcher/config/vm_sections.h"

namespace xenlaunch {
namespace {

constexpr const char* target_expectation = "hda to hdd, sda to sdf, xvda to xvdz or nvme0 to nvme7";

std::optional<bool> read_boolean(const Field& field) {
  return field.boolean();
}

std::optional<DiskTarget> read_target(const Field& field) {
  const std::optional<std::string> text = field.text(target_expectation);
  if (!text) return std::nullopt;
  const std::optional<DiskTarget> target = parse_disk_target(*text);
  const bool beyond_ports =
      text->size() == 3 && text->starts_with("sd") && text->back() > 'f' && text->back() <= 'z';
  if (!target)
    field.report(beyond_ports ? "there is no " + *text + ": the AHCI controller has six ports"
                              : "unknown value " + in_quotes(*text),
                 target_expectation);
  return target;
}

/// Linux gives paravirtual disks a name of their own by their number: hda, sda and xvda are each
/// xvda to it (xen_translate_vdev of drivers/block/xen-blkfront.c), and the second gets none.
std::string name_in_linux(const DiskTarget& target) {
  return std::string{"xvd"} + static_cast<char>('a' + target.index);
}

class DisksReader {
 public:
  DiskConfig read(const Field& field) {
    const MappingReader mapping{field,
                                {"image", "format", "type", "target", "readonly", "discard"}};
    DiskConfig disk;
    read_into(disk.type, mapping.find("type"), [](const Field& value) {
      return value.choice<DiskType>({{"disk", DiskType::disk}, {"cdrom", DiskType::cdrom}});
    });
    const bool cdrom = disk.type == DiskType::cdrom;
    read_into(disk.image,
              cdrom ? mapping.find("image") : mapping.require("image", "an absolute path"),
              [](const Field& value) { return value.absolute_path(); });
    const std::optional<Field> format = mapping.find("format");
    read_into(disk.format, format, [](const Field& value) {
      return value.choice<DiskFormat>({{"raw", DiskFormat::raw}, {"qcow2", DiskFormat::qcow2}});
    });
    if (cdrom && disk.format == DiskFormat::qcow2) format->report("a cdrom cannot be qcow2", "raw");
    const std::optional<Field> readonly = mapping.find("readonly");
    read_into(disk.readonly, readonly, read_boolean);
    read_into(disk.discard, mapping.find("discard"), read_boolean);
    if (const auto field_of_target = mapping.require("target", target_expectation))
      read_place(disk, *field_of_target, readonly);
    return disk;
  }

 private:
  void read_place(DiskConfig& disk, const Field& field, const std::optional<Field>& readonly) {
    const std::optional<DiskTarget> target = read_target(field);
    if (!target) return;
    disk.target = *field.text(target_expectation);
    targets_.check(disk.target, disk.target, field, "each target once");
    if (disk.type == DiskType::cdrom) {
      if (!is_ata(*target))
        field.report("a cdrom cannot be at " + disk.target, "hda to hdd or sda to sdf");
      return;
    }
    if (disk.readonly && is_ata(*target))
      readonly->report("an emulated IDE or AHCI disk cannot be read-only",
                       "false, or a target from xvda to xvdz or nvme0 to nvme7");
    if (target->bus == DiskBus::nvme) return;
    const auto [first, is_new] = names_.try_emplace(name_in_linux(*target), disk.target);
    if (!is_new && first->second != disk.target)
      field.report(disk.target + " and " + first->second + " would both be " + first->first +
                       " in a Linux guest",
                   "disks with different last letters");
  }

  FirstLines<std::string> targets_;
  std::map<std::string, std::string> names_;  ///< of a guest's Linux, to the target that has it
};

}  // namespace

std::vector<DiskConfig> read_disks(const Field& field) {
  const auto items = field.list("a list of disks");
  if (!items) return {};
  std::vector<DiskConfig> disks;
  DisksReader reader;
  for (const Field& item : *items) disks.push_back(reader.read(item));
  return disks;
}

}  // namespace xenlaunch
