#include "launcher/import/coming_keys.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace xenlaunch {
namespace {

void erase_fields(YamlValue& map, std::initializer_list<std::string_view> keys) {
  std::erase_if(map.fields, [&](const auto& field) {
    return std::ranges::find(keys, field.first) != keys.end();
  });
}

bool is_known_disk(const YamlValue& disk) {
  const auto has = [&](std::string_view key, std::string_view beginning) {
    return std::ranges::any_of(disk.fields, [&](const auto& field) {
      return field.first == key && field.second.scalar.starts_with(beginning);
    });
  };
  return has("image", "") && has("target", "hd");
}

/// Whether anything of the entry is left.
bool keep_known(YamlEntry& entry) {
  YamlValue& value = entry.value;
  if (entry.key == "firmware") return value.scalar != "ovmf";
  if (entry.key == "boot")
    std::erase_if(value.items, [](const YamlValue& item) { return item.scalar == "network"; });
  if (entry.key == "platform")
    erase_fields(value, {"viridian", "tsc_mode", "hpet", "nested_virt", "mmio_hole"});
  if (entry.key == "vnc") erase_fields(value, {"port", "password_file", "keymap", "socket"});
  if (entry.key == "disks")
    std::erase_if(value.items, [](const YamlValue& disk) { return !is_known_disk(disk); });
  for (YamlValue& item : value.items) {
    if (entry.key == "pci") erase_fields(item, {"functions", "romfile", "slot"});
    if (entry.key == "disks") erase_fields(item, {"readonly", "discard"});
  }
  return value.kind == YamlValue::Kind::list  ? !value.items.empty()
         : value.kind == YamlValue::Kind::map ? !value.fields.empty()
                                              : true;
}

}  // namespace

YamlDocumentText without_coming_keys(YamlDocumentText document) {
  constexpr std::array<std::string_view, 5> coming{"nics", "usb", "sound", "clock", "cpu"};
  std::erase_if(document.entries, [&](YamlEntry& entry) {
    return std::ranges::find(coming, entry.key) != coming.end() || !keep_known(entry);
  });
  return document;
}

}  // namespace xenlaunch
