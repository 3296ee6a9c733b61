#pragma once

#include <doctest/doctest.h>

#include "launcher/host/dom0_need.h"
#include "tests/unit/print.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::Dom0Need> {
  static String convert(const xenlaunch::Dom0Need& need) {
    return toString(static_cast<int>(need.kind)) + " " + toString(need.chain);
  }
};

}  // namespace doctest
