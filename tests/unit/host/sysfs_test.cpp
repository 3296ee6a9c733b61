#include "launcher/host/sysfs.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch {
namespace {

using std::chrono::milliseconds;
using testing::TemporaryTree;

TEST_CASE("a text is read whole and without its newline, an attribute up to a page of it") {
  const TemporaryTree tree;
  tree.write("short", "0x8086\n");
  tree.write("page", std::string(4095, 'x') + "\n");
  tree.write("long", std::string(10000, 'x') + "\n\n");
  tree.write("empty", "");
  for (const auto& read : {read_text, read_attribute}) {
    CHECK(read(tree.path("short")) == "0x8086");
    CHECK(read(tree.path("page")) == std::string(4095, 'x'));
    CHECK(read(tree.path("empty")) == "");
    CHECK(read(tree.path("absent")) == std::nullopt);
  }
  CHECK(read_text(tree.path("long")) == std::string(10000, 'x') + "\n");
  CHECK(read_attribute(tree.path("long")) == std::string(4096, 'x'));
}

TEST_CASE("an attribute that cannot be read is an error that names it") {
  const TemporaryTree tree;
  CHECK_THROWS_WITH_AS(read_attribute(tree.root()),
                       ("cannot read " + tree.root().string() + ": Is a directory").c_str(), Error);
}

TEST_CASE("a write neither creates nor truncates, here and in a child") {
  const TemporaryTree tree;
  tree.write("attribute", "0123456789");
  CHECK(write_attribute(tree.path("attribute").c_str(), "abc") == 0);
  CHECK(tree.read("attribute") == "abc3456789");
  CHECK(write_attribute_within(tree.path("attribute"), "ABCDE", milliseconds{60000}) == 0);
  CHECK(tree.read("attribute") == "ABCDE56789");
  CHECK(write_attribute(tree.path("absent").c_str(), "abc") == ENOENT);
  CHECK(write_attribute_within(tree.path("absent"), "abc", milliseconds{60000}) == ENOENT);
  CHECK_FALSE(is_present(tree.root() / "absent"));
}

TEST_CASE("the kernel's refusal of a write comes back as its errno") {
  CHECK(write_attribute("/dev/full", "1") == ENOSPC);
  CHECK(write_attribute_within("/dev/full", "1", milliseconds{60000}) == ENOSPC);
}

TEST_CASE("a write that never ends is given up at its deadline") {
  const TemporaryTree tree;
  REQUIRE(::mkfifo(tree.path("unread").c_str(), 0600) == 0);  // open(2) waits for a reader
  CHECK(write_attribute_within(tree.path("unread"), "1", milliseconds{50}) == std::nullopt);
}

TEST_CASE("the link of a device names its driver") {
  const TemporaryTree tree;
  tree.link("driver", "../../../bus/pci/drivers/i915");
  CHECK(link_name(tree.root() / "driver") == "i915");
  CHECK(link_name(tree.root() / "absent") == std::nullopt);
}

}  // namespace
}  // namespace xenlaunch
