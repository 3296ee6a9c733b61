#include "launcher/host/mount_table.h"

#include "tests/unit/host/print_needs.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("a mount table is read with or without numbers, and with blanks in names") {
  CHECK(parse_mountinfo("36 35 259:2 / /boot rw,noatime shared:1 master:2 - ext4 /dev/root rw\n"
                        "40 35 0:45 /@ /my\\040files ro,noatime - btrfs /dev/a\\134b rw,subvol=/@\n"
                        "no mount at all\n") ==
        std::vector<Mount>{{"259:2", "/boot", "ext4", "/dev/root"},
                           {"0:45", "/my files", "btrfs", "/dev/a\\b", "", {}, true}});
  CHECK(
      parse_mountinfo("50 1 0:50 / /nfs rw - nfs4 a:/b rw,clientaddr=192.0.2.1,addr=192.0.2.7\n") ==
      std::vector<Mount>{{"0:50", "/nfs", "nfs4", "a:/b", "192.0.2.7"}});
  CHECK(parse_mounts("rpool/ROOT/debian / zfs rw,relatime 0 0\nx\n") ==
        std::vector<Mount>{{"", "/", "zfs", "rpool/ROOT/debian"}});
}

TEST_CASE("swaps are those of the table's lines, not of its head") {
  CHECK(parse_swaps("Filename\tType\tSize\tUsed\tPriority\n/dev/dm-2 partition 1 0 -2\n"
                    "/my\\040swap file 1 0 -3\n") ==
        std::vector<std::string>{"/dev/dm-2", "/my swap"});
  CHECK(parse_swaps("").empty());
}

TEST_CASE("a file lies on the longest mount point above it") {
  const std::vector<Mount> mounts{{.point = "/"}, {.point = "/var"}, {.point = "/var/lib"}};
  CHECK(mount_of("/var/lib/a", mounts) == &mounts[2]);
  CHECK(mount_of("/var/library", mounts) == &mounts[1]);
  CHECK(mount_of("/var", mounts) == &mounts[1]);
  CHECK(mount_of("/srv", mounts) == &mounts[0]);
  CHECK(mount_of("/srv", {}) == nullptr);
}

TEST_CASE("the root file system is the last that was mounted there") {
  const Mount disk{.point = "/", .type = "ext4"};
  const Mount layers{.point = "/", .type = "overlay"};
  const Mount pool{.point = "/", .type = "zfs"};
  CHECK(root_is_layered({disk, layers}));
  CHECK_FALSE(root_is_layered({layers, disk}));
  CHECK_FALSE(root_is_layered({}));
  CHECK(root_is_on_zfs({disk, pool}));
  CHECK_FALSE(root_is_on_zfs({disk, {.point = "/srv", .type = "zfs"}}));
}

}  // namespace
}  // namespace xenlaunch::test
