#include "launcher/host/host_disks.h"

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("QEMU takes AHCI disks away from 8.2 on, as far as is known") {
  for (const char* version : {"8.2.0", "8.2", "10.0.2"}) CHECK(unplugs_ahci(version));
  for (const char* version : {"7.2.19", "8.1.50", "", "QEMU", "9", "99999999999.1"})
    CHECK_FALSE(unplugs_ahci(version));
}

TEST_CASE("QEMU is asked only where it decides: with a disk on AHCI") {
  std::string version = "10.0.2";
  unsigned asked = 0;
  const auto ask = [&](const DiskConfig& disk, const char* root = "/") {
    return read_host_disks({disk}, root, [&] { return ++asked, version; }).unplugs_ahci;
  };
  CHECK_FALSE(ask({.image = "/none", .target = "hda"}));
  CHECK_FALSE(ask({.type = DiskType::cdrom, .target = "sda"}));
  CHECK_FALSE(ask({.image = "/none", .target = "sda"}, "/copy"));
  CHECK(asked == 0);
  CHECK(ask({.image = "/none", .target = "sda"}));
  CHECK(asked == 1);
  version = "";
  CHECK_FALSE(ask({.image = "/none", .target = "sda"}));
}

TEST_CASE("a file, a folder, a character device and nothing at all are no block devices") {
  const testing::TemporaryTree tree;
  tree.write("file", "x");
  CHECK((read_host_disks({{.image = tree.path("file"), .target = "hda"},
                          {.image = tree.root(), .target = "hdb"},
                          {.image = "/dev/null", .target = "hdc"},
                          {.image = tree.path("none"), .target = "xvdd"},
                          {.type = DiskType::cdrom, .target = "sda"}},
                         "/", [] { return std::string{}; }) == HostDisks{}));
}

}  // namespace
}  // namespace xenlaunch::test
