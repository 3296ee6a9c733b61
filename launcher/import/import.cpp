#include "launcher/import/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "launcher/import/conversion.h"
#include "launcher/import/key_rules.h"
#include "launcher/import/read_back.h"
#include "launcher/import/topics.h"

namespace xenlaunch {
namespace {

/// As docs/vm-file.md has them.
constexpr auto vm_file_order = std::to_array<std::string_view>(
    {"name",   "uuid",   "memory",       "vcpus",       "cpu",       "firmware",
     "boot",   "kernel", "initrd",       "cmdline",     "platform",  "video_card",
     "pci",    "disks",  "nics",         "vnc",         "usb",       "sound",
     "serial", "clock",  "device_model", "on_poweroff", "on_reboot", "on_crash"});

void convert(Conversion& c) {
  convert_kind(c);
  convert_identity(c);
  convert_memory(c);
  convert_vcpus(c);
  convert_scheduling(c);
  convert_firmware(c);
  convert_direct_boot(c);
  convert_platform(c);
  convert_video(c, convert_pci(c));
  convert_disks(c);
  convert_nics(c);
  convert_vnc(c);
  convert_usb(c);
  convert_sound(c);
  convert_serial(c);
  convert_clock(c);
  convert_device_model(c);
  convert_events(c);
  convert_other_keys(c);
  tell_unknown_keys(c);
}

std::string vm_file_text(const Conversion& c, const std::vector<KeyReport>& keys) {
  YamlDocumentText document = c.document();
  document.head = {fmt::format("{}, taken over by xenlaunch import.", c.file().name),
                   "`xenlaunch check` says whether this host can start it."};
  std::ranges::stable_sort(document.entries, {}, [](const YamlEntry& entry) {
    return std::ranges::find(vm_file_order, entry.key) - vm_file_order.begin();
  });
  for (const KeyReport& key : keys) {
    if (key.outcome != KeyOutcome::dropped) continue;
    if (document.end.empty()) document.end.push_back("Left out:");
    document.end.push_back(fmt::format("  line {}, {}: {}", key.line, key.key, key.reason));
  }
  return write_yaml(document);
}

}  // namespace

Imported import_xl_file(std::string_view text, const std::string& file) {
  const XlFile xl_file = read_xl_file(text, file);
  Conversion conversion{xl_file};
  convert(conversion);
  read_back(conversion);
  Imported imported{.keys = conversion.reports()};
  imported.lossless = std::ranges::none_of(imported.keys, &KeyReport::lost);
  const bool refused = std::ranges::any_of(
      imported.keys, [](const KeyReport& key) { return key.outcome == KeyOutcome::refused; });
  if (!refused) imported.vm_file = vm_file_text(conversion, imported.keys);
  return imported;
}

}  // namespace xenlaunch
