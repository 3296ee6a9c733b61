#include "launcher/boot/hiding.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "launcher/boot/command_line.h"

namespace xenlaunch {
namespace {

constexpr std::size_t most_shown = 200;

/// "on dom0's command line", "in /etc/modprobe.d/pciback.conf:1"
std::string place_of(const HideWord& word) {
  return (word.file.empty() ? "on " : "in ") + word.place();
}

std::string shown(const HideWord& word) {
  return fmt::format("{}={} {}", word.file.empty() ? "xen-pciback.hide" : "hide",
                     excerpt(word.value, most_shown), place_of(word));
}

/// The part of `rest`, which pciback refuses, up to its first closing bracket or space.
std::string first_word(std::string_view rest) {
  const std::size_t end = rest.find_first_of(") \t", 1);
  if (end == std::string_view::npos) return std::string{rest};
  return std::string{rest.substr(0, end + (rest[end] == ')' ? 1 : 0))};
}

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace

std::optional<HideWord> hide_word(const BootLines& boot) {
  const std::vector<std::string> values = values_of(boot.dom0, "xen-pciback.hide");
  if (!values.empty()) return HideWord{.value = values.back()};
  return boot.modprobe;
}

std::optional<GarbledHide> garbled_hide(const BootLines& running, const BootLines& next) {
  const auto garbled_of = [](const BootLines& boot) -> std::optional<GarbledHide> {
    const std::optional<HideWord> word = boot.xen ? hide_word(boot) : std::nullopt;
    if (!word) return std::nullopt;
    const std::optional<std::string> garbled = hidden_devices_in(word->value).garbled;
    if (!garbled) return std::nullopt;
    return GarbledHide{.word = *word, .garbled = first_word(*garbled)};
  };
  const std::optional<GarbledHide> now = running.loaded_hide ? std::nullopt : garbled_of(running);
  std::optional<GarbledHide> result = garbled_of(next);
  const bool is_next = result.has_value();
  if (!result) result = now;
  if (!result) return std::nullopt;
  result->now = now.has_value();
  result->next = is_next;
  return result;
}

std::string mended_hide(std::string_view value) {
  std::string result;
  for (const std::string& device : split(value, "(),; \t\"'")) {
    const std::vector<std::string> numbers = split(device, ":.");
    if (numbers.size() != 3 && numbers.size() != 4) return "";
    result += '(';
    for (std::size_t at = 0; at < numbers.size(); ++at)
      result += (at == 0 ? "" : at + 1 == numbers.size() ? "." : ":") + numbers[at];
    result += ')';
  }
  return hidden_devices_in(result).garbled ? "" : result;
}

std::string reason_of(const GarbledHide& hide) {
  return fmt::format("pciback does not understand '{}' in {}, and refuses to load with it",
                     excerpt(hide.garbled, most_shown), shown(hide.word));
}

std::string remedy_of(const GarbledHide& hide) {
  if (!hide.next) return "reboot the host, whose next boot has it right";
  const std::string mended = mended_hide(hide.word.value);
  const std::string place = place_of(hide.word);
  const std::string what =
      mended.empty()
          ? "write each device as (SSSS:BB:DD.F), one behind the other, " + place
          : fmt::format("write {}={} {}", hide.word.file.empty() ? "xen-pciback.hide" : "hide",
                        excerpt(mended, most_shown), place);
  return hide.word.file.empty()
             ? what +
                   " (on Debian in /etc/default/grub, then `update-grub`; on XCP-ng with "
                   "`xen-cmdline --set-dom0`), and reboot the host"
             : what +
                   " and load it with `modprobe xen-pciback`; for the next boot make the "
                   "initramfs anew (`update-initramfs -u`, with dracut `dracut -f`)";
}

std::string hidden_by_hand(const BootLines& boot, const PciAddress& device) {
  if (!boot.xen) return "";
  if (boot.modprobe && hidden_devices_in(boot.modprobe->value).hides(device))
    return fmt::format(
        "{} hides it, which xenlaunch did not write; take it out there, make the initramfs "
        "anew (`update-initramfs -u`, with dracut `dracut -f`), and reboot the host",
        shown(*boot.modprobe));
  if (qubes_hides(boot.dom0, device))
    return "rd.qubes.hide_pci on dom0's command line hides it, which xenlaunch did not write; take "
           "it out of GRUB_CMDLINE_LINUX in /etc/default/grub, make grub.cfg anew (`grub2-mkconfig "
           "-o /boot/grub2/grub.cfg`), and reboot the host";
  return "";
}

std::string hide_in_the_way(const BootLines& boot, const PciAddress& device) {
  if (!boot.modprobe || boot.modprobe->value.empty() ||
      !values_of(boot.dom0, "xen-pciback.hide").empty())
    return "";
  return fmt::format(
      "xen-pciback.hide on dom0's command line would take the place of {}; add ({}) {}, "
      "make the initramfs anew (`update-initramfs -u`, with dracut `dracut -f`), and reboot the "
      "host",
      shown(*boot.modprobe), device.to_string(), place_of(*boot.modprobe));
}

}  // namespace xenlaunch
