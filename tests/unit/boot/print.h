#pragma once

#include "launcher/boot/grub/grub_cfg.h"
#include "launcher/boot/hidden_devices.h"
#include "tests/unit/print.h"

/// How doctest prints the values of the boot configuration where a comparison fails.
namespace doctest {

template <>
struct StringMaker<xenlaunch::BootEntry> {
  static String convert(const xenlaunch::BootEntry& entry) {
    return text_of("'" + entry.title + "'\n    xen: " + entry.xen.value_or("none") +
                   "\n    dom0: " + entry.dom0 + "\n    kernel: " + entry.kernel +
                   "\n    starts: " + entry.starts + "\n    chosen by: " + entry.chosen_by);
  }
};

template <>
struct StringMaker<xenlaunch::HiddenDevices::Group> {
  static String convert(const xenlaunch::HiddenDevices::Group& group) {
    const auto number = [](const std::optional<unsigned>& value) {
      return value ? std::to_string(*value) : "any";
    };
    return text_of(group.text + " = " + number(group.segment) + " " + number(group.bus) + " " +
                   number(group.device) + " " + number(group.function));
  }
};

template <>
struct StringMaker<xenlaunch::HiddenDevices> {
  static String convert(const xenlaunch::HiddenDevices& hidden) {
    return toString(hidden.groups) + text_of(", garbled: " + hidden.garbled.value_or("nothing"));
  }
};

}  // namespace doctest
