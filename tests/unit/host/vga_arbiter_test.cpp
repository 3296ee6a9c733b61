#include "launcher/host/vga_arbiter.h"

#include <doctest/doctest.h>

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Device = std::optional<PciAddress>;

TEST_CASE("the arbiter's first line names the system display device") {
  CHECK(
      parse_vga_arbiter("count:1,PCI:0000:00:02.0,decodes=io+mem,owns=io+mem,locks=none(0:0)\n") ==
      Device{{0, 0, 2, 0}});
  CHECK(parse_vga_arbiter("count:7,PCI:0001:65:1f.7,decodes=none\ncount:7,PCI:0000:00:02.0") ==
        Device{{1, 0x65, 0x1f, 7}});
  CHECK(parse_vga_arbiter("count:1,PCI:0000:00:02.0") == Device{{0, 0, 2, 0}});
}

TEST_CASE("an answer without one well-formed PCI item names no device") {
  for (const char* answer :
       {"", "\n", "invalid", "invalid\n", "count:0", "count:0\n", "count:1,decodes=io",
        "count:1,PCI:\n", "count:1,PCI:00:02.0,decodes=io", "count:1,PCI:0000:00:02.0 ,decodes=io",
        "count:1,PCI:0000:00:02.8", "count:1,PCI:0000:00:02.0x", "PCI:0000:00:02.0",
        "count:2,PCI:0000:00:02.0,PCI:0000:01:00.0", "\ncount:1,PCI:0000:00:02.0",
        "count:1\nPCI:0000:00:02.0", "count:1,,,,,,,PCI"}) {
    CAPTURE(answer);
    CHECK(parse_vga_arbiter(answer) == Device{});
  }
}

TEST_CASE("it is read below the root, and is none where it cannot be read") {
  const TemporaryTree tree;
  CHECK(system_display_device(tree.root()) == Device{});
  tree.write("dev/vga_arbiter", "count:1,PCI:0000:00:02.0,decodes=io+mem\n");
  CHECK(system_display_device(tree.root()) == Device{{0, 0, 2, 0}});
  tree.remove("dev/vga_arbiter");
  tree.write("dev/vga_arbiter/a-folder", "");
  CHECK(system_display_device(tree.root()) == Device{});
}

}  // namespace
}  // namespace xenlaunch::test
