#include "launcher/boot/hidden_devices.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "launcher/boot/command_line.h"

namespace xenlaunch {
namespace {

using Group = HiddenDevices::Group;

// isspace of Linux include/linux/ctype.h, within ASCII.
constexpr std::string_view spaces = " \t\n\v\f\r";
constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";

void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
}

unsigned digit_value(char digit) {
  if (digit <= '9') return static_cast<unsigned>(digit - '0');
  return static_cast<unsigned>((digit | 0x20) - 'a') + 10;
}

/// %x of Linux's sscanf: spaces, perhaps "0x", and any number of digits, of which 32 bits count.
std::optional<unsigned> take_hex(std::string_view& text) {
  skip_spaces(text);
  if (text.empty() || hex_digits.find(text.front()) == std::string_view::npos) return std::nullopt;
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  unsigned value = 0;
  for (; !text.empty() && hex_digits.find(text.front()) != std::string_view::npos;
       text.remove_prefix(1))
    value = value << 4 | digit_value(text.front());
  return value;
}

/// Reads `text` after `form`, in which S, B, D and F are numbers; cuts from it what was read.
std::optional<Group> take_form(std::string_view& text, std::string_view form) {
  Group group;
  std::string_view rest = text;
  for (const char expected : form) {
    if (std::string_view{"SBDF"}.find(expected) == std::string_view::npos) {
      if (!rest.starts_with(expected)) return std::nullopt;
      rest.remove_prefix(1);
      continue;
    }
    const std::optional<unsigned> number = take_hex(rest);
    if (!number) return std::nullopt;
    if (expected == 'S') group.segment = *number;
    if (expected == 'B') group.bus = *number;
    if (expected == 'D') group.device = number;
    if (expected == 'F') group.function = number;
  }
  group.text = text.substr(0, text.size() - rest.size());
  text = rest;
  return group;
}

/// The group that `text` begins with, which is cut from it.
std::optional<Group> take_group(std::string_view& text) {
  for (const char* form :
       {"(S:B:D.F)", "(S:B:D.*)", "(S:B:*.*)", "(B:D.F)", "(B:D.*)", "(B:*.*)"}) {
    std::optional<Group> group = take_form(text, form);
    if (group) return group;
  }
  return std::nullopt;
}

/// What pcistub_device_id_add accepts.
bool is_in_range(const Group& group) {
  return group.segment <= 0xffff && group.bus <= 0xff && group.device.value_or(0) <= 31 &&
         group.function.value_or(0) <= 7;
}

/// Cuts from `text` all before its next group, wherever in the text that is, and then the group.
std::optional<Group> find_group(std::string_view& text) {
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find('('), text.size()));
    std::optional<Group> group = take_group(text);
    if (group) return group;
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
  }
  return std::nullopt;
}

bool means_alone(const Group& group, const PciAddress& device) {
  return group.device && group.function && group.covers(device);
}

}  // namespace

bool HiddenDevices::Group::covers(const PciAddress& address) const {
  return segment == address.segment && bus == address.bus &&
         device.value_or(address.device) == address.device &&
         function.value_or(address.function) == address.function;
}

bool HiddenDevices::hides(const PciAddress& address) const {
  return !garbled && std::ranges::any_of(
                         groups, [&address](const Group& group) { return group.covers(address); });
}

HiddenDevices hidden_devices_in(std::string_view value) {
  HiddenDevices hidden;
  while (!value.empty()) {
    std::string_view rest = value;
    skip_spaces(rest);
    std::optional<Group> group = take_group(rest);
    if (!group || !is_in_range(*group)) {
      hidden.garbled = value;
      break;
    }
    hidden.groups.push_back(std::move(*group));
    skip_spaces(rest);
    value = rest;
  }
  return hidden;
}

std::string HideWord::place() const {
  return file.empty() ? "dom0's command line" : fmt::format("{}:{}", excerpt(file), line);
}

bool qubes_hides(std::string_view dom0_line, const PciAddress& device) {
  const std::vector<std::string> values = values_of(dom0_line, "rd.qubes.hide_pci");
  std::string_view rest = values.empty() ? std::string_view{} : std::string_view{values.back()};
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string one{rest.substr(0, end)};
    if (PciAddress::parse(one) == device || PciAddress::parse("0000:" + one) == device) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

HiddenDevices hidden_devices(std::string_view dom0_line) {
  return hidden_devices_in(hide_value(dom0_line));
}

std::string hide_value(std::string_view dom0_line) {
  const std::vector<std::string> values = values_of(dom0_line, "xen-pciback.hide");
  return values.empty() ? "" : values.back();
}

std::string with_hidden(std::string_view value, const PciAddress& device) {
  std::string_view rest = value;
  while (const std::optional<Group> group = find_group(rest))
    if (group->covers(device)) return std::string{value};
  return fmt::format("{}({})", value, device.to_string());
}

std::string without_hidden(std::string_view value, const PciAddress& device) {
  std::string kept;
  std::string_view rest = value;
  bool changed = false;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const std::optional<Group> group = find_group(rest);
    kept += before.substr(0, before.size() - rest.size());
    if (!group || !means_alone(*group, device)) continue;
    kept.resize(kept.size() - group->text.size());
    // The spaces that parted it from the next.
    skip_spaces(rest);
    changed = true;
  }
  // pciback refuses a value of nothing but spaces.
  const bool blank = kept.find_first_not_of(spaces) == std::string::npos;
  return changed && blank ? "" : kept;
}

std::vector<std::string> groups_of(std::string_view value, const PciAddress& device) {
  std::vector<std::string> groups;
  while (const std::optional<Group> group = find_group(value))
    if (means_alone(*group, device)) groups.push_back(group->text);
  return groups;
}

}  // namespace xenlaunch
