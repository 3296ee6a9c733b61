#include "launcher/host/block_backends.h"

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("a disk is open once sysfs has its numbers, and not where blkback refuses it") {
  const testing::TemporaryTree tree;
  const auto backends = make_sysfs_block_backends(tree.root());
  const std::string other = "sys/devices/vbd-7-51728/physical_device";
  tree.write(other, "fd:1\n");
  int asked = 0;
  CHECK_FALSE(backends->await_open(7, 51712, [&asked] { return ++asked == 2; }));
  CHECK(asked == 2);
  tree.write("sys/devices/vbd-7-51712/physical_device", "fd:0\n");
  CHECK(backends->await_open(7, 51712, [] { return true; }));
}

TEST_CASE("the disks of a domain are gone where only those of others are there") {
  const testing::TemporaryTree tree;
  for (const char* other : {"vbd-70-51712", "vbd-1-768", "vif-7-0", "pci-7-0"})
    tree.write(std::string{"sys/devices/"} + other + "/state", "4\n");
  make_sysfs_block_backends(tree.root())->await_gone(7);
  make_sysfs_block_backends(tree.root() / "none")->await_gone(7);
}

}  // namespace
}  // namespace xenlaunch::test
