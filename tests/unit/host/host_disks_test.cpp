#include "launcher/host/host_disks.h"

#include "tests/unit/host/qcow2_image.h"
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

TEST_CASE("a qcow2 image that names other files is known for that") {
  const testing::TemporaryTree tree;
  tree.write("plain", qcow2_image(""));
  tree.write("linked", qcow2_image("base.qcow2"));
  const auto disk = [&](const char* name, DiskFormat format) {
    return DiskConfig{.image = tree.path(name), .format = format, .target = "hda"};
  };
  CHECK((read_host_disks({disk("plain", DiskFormat::qcow2), disk("linked", DiskFormat::qcow2)}, "/",
                         [] { return std::string{}; }) ==
         HostDisks{.linked_images = {{tree.path("linked"), {tree.path("base.qcow2")}}}}));
  CHECK((read_host_disks({disk("linked", DiskFormat::raw)}, "/", [] { return std::string{}; }) ==
         HostDisks{}));
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
