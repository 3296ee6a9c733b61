#include "launcher/plan/planned_disk.h"

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using enum DiskBackend;

const ImageDevice volume{.path = "/dev/dm-3", .major = 253, .minor = 3};
const HostDisks host{
    .block_devices = {{"/dev/vg/a", volume}}, .blkback = true, .unplugs_ahci = true};

PlannedDisk planned(const DiskConfig& disk, const HostDisks& on = host) {
  return plan_disks({disk}, on).front();
}

TEST_CASE("a raw block device is served by dom0's kernel, all else by QEMU") {
  const DiskConfig raw{.image = "/dev/vg/a", .target = "hda"};
  CHECK((planned(raw) == PlannedDisk{.config = raw, .backend = blkback, .device = volume}));
  for (const char* target : {"xvdb", "sda"})
    CHECK(planned({.image = "/dev/vg/a", .target = target}).backend == blkback);

  const DiskConfig file{.image = "/a.img", .target = "xvda"};
  CHECK((planned(file) == PlannedDisk{.config = file, .backend = qdisk}));
  CHECK(planned({.image = "/dev/vg/a", .format = DiskFormat::qcow2, .target = "hda"}).backend ==
        qdisk);
  HostDisks without = host;
  without.blkback = false;
  CHECK((planned(raw, without) == PlannedDisk{.config = raw, .backend = qdisk, .device = volume}));
}

TEST_CASE("what an image names is known whoever opens it") {
  const HostDisks linked{.linked_images = {{"/a.qcow2", {"/base"}}}};
  for (const char* target : {"hda", "xvdb", "sda", "nvme0"}) {
    const DiskConfig disk{.image = "/a.qcow2", .format = DiskFormat::qcow2, .target = target};
    CHECK(planned(disk, linked).links == std::vector<std::filesystem::path>{"/base"});
  }
}

TEST_CASE("a CD-ROM, an NVMe disk, and an AHCI disk that stays have no paravirtual one") {
  CHECK(planned({.image = "/dev/vg/a", .type = DiskType::cdrom, .target = "hda"}).backend == none);
  CHECK(planned({.image = "/dev/vg/a", .target = "nvme0"}).backend == none);
  CHECK(planned({.image = "/a", .target = "sda"}).backend == qdisk);
  CHECK(planned({.image = "/a", .target = "sda"}, {}).backend == none);
  CHECK(planned({.image = "/a", .target = "hda"}, {}).backend == qdisk);
}

TEST_CASE("blkback is at work only where it serves a disk") {
  CHECK(uses_blkback(plan_disks(
      {{.image = "/a", .target = "hda"}, {.image = "/dev/vg/a", .target = "hdb"}}, host)));
  CHECK_FALSE(uses_blkback(plan_disks({{.image = "/a", .target = "hda"}}, host)));
  CHECK_FALSE(uses_blkback({}));
}

}  // namespace
}  // namespace xenlaunch::test
