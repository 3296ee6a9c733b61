#include "base/xen_version.h"

#include <doctest/doctest.h>

namespace xenlaunch::test {
namespace {

TEST_CASE("a version is the two numbers that its text begins with") {
  for (const char* text : {"4.17", "4.17.7", "4.17-rc1", "4.17.7-pre"}) {
    CAPTURE(text);
    CHECK((parse_xen_version(text) == XenVersion{4, 17}));
  }
  for (const char* text : {"", "4", "4.", ".17", "Xen 4.17", "-4.17", "99999999999.1"}) {
    CAPTURE(text);
    CHECK((parse_xen_version(text) == std::nullopt));
  }
  CHECK(XenVersion{4, 20}.to_string() == "4.20");
  CHECK((XenVersion{4, 9} < XenVersion{4, 17}));
}

TEST_CASE("the Xen that we were built for is known") {
  CHECK((xen_built_for() >= XenVersion{4, 17}));
}

}  // namespace
}  // namespace xenlaunch::test
