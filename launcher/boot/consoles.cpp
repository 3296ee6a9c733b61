#include "launcher/boot/consoles.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "launcher/boot/command_line.h"

namespace xenlaunch {
namespace {

/// The items of a value, the empty ones too.
std::vector<std::string> split_items(std::string_view value) {
  std::vector<std::string> items;
  while (true) {
    const std::size_t comma = value.find(',');
    items.emplace_back(value.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    value.remove_prefix(comma + 1);
  }
}

bool is_display_item(std::string_view item) {
  return item.starts_with("vga");
}

/// Whether Linux's console_setup makes "tty" of it: the name ends at a digit or at a comma.
bool is_display_console(std::string_view value) {
  return value.substr(0, value.find_first_of("0123456789,")) == "tty";
}

/// A word console= of Xen's without the display; nullopt where nothing is left of it.
std::optional<std::string> without_display(const std::string& word) {
  const std::optional<std::string> value = value_of(word, "console");
  if (!value) return word;
  std::vector<std::string> items = split_items(*value);
  if (std::erase_if(items, is_display_item) == 0) return word;
  std::string left;
  for (const std::string& item : items) left += (left.empty() ? "" : ",") + item;
  if (left.empty()) return std::nullopt;
  return with_value(word, left);
}

std::string with_display(const std::string& word) {
  const std::string value = value_of(word, "console").value_or("");
  return value.empty() || value == "none" ? "console=vga" : word + ",vga";
}

}  // namespace

bool xen_uses_display(std::string_view xen_line) {
  const std::vector<std::string> values = values_of(xen_line, "console");
  return values.empty() || std::ranges::any_of(split_items(values.back()), is_display_item);
}

bool dom0_uses_display(std::string_view dom0_line) {
  const std::vector<std::string> values = values_of(dom0_line, "console");
  return values.empty() || std::ranges::any_of(values, is_display_console);
}

std::string xen_without_display(std::string_view xen_line) {
  return xen_without_display(xen_line, !values_of(xen_line, "com1").empty());
}

std::string xen_without_display(std::string_view xen_line, bool has_com1) {
  if (!xen_uses_display(xen_line)) return std::string{xen_line};
  std::string line = edit_words(xen_line, without_display);
  if (!values_of(line, "console").empty()) return line;
  return with_word_at_end(line, has_com1 ? "console=com1" : "console=none");
}

std::string dom0_without_display(std::string_view dom0_line) {
  if (!dom0_uses_display(dom0_line)) return std::string{dom0_line};
  std::string line =
      edit_words(dom0_line, [](const std::string& word) -> std::optional<std::string> {
        const std::optional<std::string> value = value_of(word, "console");
        if (value && is_display_console(*value)) return std::nullopt;
        return word;
      });
  return values_of(line, "console").empty() ? with_word_at_end(line, "console=hvc0") : line;
}

std::string xen_with_display(std::string_view xen_line) {
  if (xen_uses_display(xen_line)) return std::string{xen_line};
  std::size_t still_to_come = values_of(xen_line, "console").size();
  return edit_words(xen_line, [&still_to_come](const std::string& word) {
    const bool is_last = value_of(word, "console") && --still_to_come == 0;
    return is_last ? with_display(word) : word;
  });
}

std::string dom0_with_display(std::string_view dom0_line) {
  if (dom0_uses_display(dom0_line)) return std::string{dom0_line};
  bool done = false;
  return edit_words(dom0_line, [&done](const std::string& word) {
    if (done || !value_of(word, "console")) return word;
    done = true;
    return "console=tty0 " + word;
  });
}

}  // namespace xenlaunch
