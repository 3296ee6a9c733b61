#pragma once

#include <doctest/doctest.h>

#include "launcher/host/dom0_need.h"
#include "launcher/host/mount_table.h"
#include "launcher/host/route_table.h"
#include "tests/unit/print.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::Dom0Need> {
  static String convert(const xenlaunch::Dom0Need& need) {
    return toString(static_cast<int>(need.kind)) + " " + toString(need.chain);
  }
};

template <>
struct StringMaker<xenlaunch::Mount> {
  static String convert(const xenlaunch::Mount& mount) {
    return text_of(mount.number + " " + mount.point + " " + mount.type + " " + mount.source + " " +
                   mount.server);
  }
};

template <>
struct StringMaker<xenlaunch::Route> {
  static String convert(const xenlaunch::Route& route) {
    std::string text;
    for (const std::uint8_t byte : route.destination) text += std::to_string(byte) + ".";
    return text_of(text + "/" + std::to_string(route.prefix) + " " + std::to_string(route.metric) +
                   " " + route.interface);
  }
};

}  // namespace doctest
