#include "launcher/host/block_needs.h"

#include "tests/unit/host/print_needs.h"

namespace xenlaunch::test {
namespace {

using Needs = std::vector<Dom0Need>;
using Kind = Dom0NeedKind;

const std::string bdf = "0000:02:00.0";
const std::string path = "devices/pci0000:00/0000:00:1d.0/" + bdf + "/nvme/nvme0/nvme0n1";

BlockDevice disk(const std::vector<std::string>& above = {}) {
  return {.node = {.name = "nvme0n1", .paths = {path}, .above = above}, .number = "259:0"};
}

BlockDevice part(const std::string& name, const std::string& number) {
  return {.node = {.name = name, .paths = {path + "/" + name}, .is_part = true}, .number = number};
}

BlockDevice made(const std::string& name, const std::string& number) {
  return {.node = {.name = name, .paths = {"devices/virtual/block/" + name}}, .number = number};
}

AskClaim always(Claim claim) {
  return [claim](const BlockDevice&) { return claim; };
}

Needs needs(const std::vector<BlockDevice>& devices, const BlockUsers& users,
            Claim claim = Claim::free) {
  return block_needs(bdf, devices, users, always(claim));
}

TEST_CASE("of a disk that nobody uses nothing is needed") {
  CHECK(needs({disk()}, {}) == Needs{});
  CHECK(needs({disk({"nvme0n1p1"}), part("nvme0n1p1", "259:1")}, {}) == Needs{});
  // Another function's.
  CHECK(block_needs("0000:03:00.0", {disk()}, {.mounts = {{"259:0", "/", "ext4", ""}}},
                    always(Claim::taken)) == Needs{});
}

TEST_CASE("of the mount points of a file system the one that matters most is told") {
  const std::vector<BlockDevice> devices{disk({"nvme0n1p1", "nvme0n1p2"}),
                                         part("nvme0n1p1", "259:1"), part("nvme0n1p2", "259:2")};
  const BlockUsers users{.mounts = {{"259:2", "/var/snap/x", "ext4", "/dev/root"},
                                    {"259:2", "/", "ext4", "/dev/root"},
                                    {"", "/boot/efi", "vfat", "/dev/nvme0n1p1"}}};
  CHECK(needs(devices, users, Claim::taken) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1", "nvme0n1p2", "/"}},
              {Kind::boot, {bdf, "nvme0n1", "nvme0n1p1", "/boot/efi"}}});
}

TEST_CASE("what has a disk to itself is told where it is not known what that is") {
  CHECK(needs({disk()}, {}, Claim::taken) == Needs{{Kind::claimed, {bdf, "nvme0n1"}}});
  CHECK(needs({disk()}, {}, Claim::not_known) == Needs{{Kind::not_known, {bdf, "nvme0n1"}}});
  // The root file system is then perhaps of the pool that has it.
  CHECK(needs({disk()}, {.mounts = {{"0:30", "/", "zfs", "rpool/ROOT"}}}, Claim::taken) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1"}}});
  // Only what nothing known lies on is asked about.
  CHECK(needs({disk({"dm-0"}), made("dm-0", "253:0")}, {}, Claim::taken) ==
        Needs{{Kind::claimed, {bdf, "nvme0n1", "dm-0"}}});
}

TEST_CASE("a ZFS pool is followed where udev has told whose a disk is") {
  BlockDevice member = disk();
  member.pool = "rpool";
  const BlockUsers users{.mounts = {{"0:30", "/srv", "zfs", "rpool2/a"},
                                    {"0:31", "/home", "zfs", "rpool/home"},
                                    {"0:32", "/", "zfs", "rpool"}}};
  CHECK(needs({member}, users, Claim::taken) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1", "rpool", "/"}}});
}

TEST_CASE("a btrfs of more disks is on each of them, whichever its mount names") {
  const BlockUsers users{.mounts = {{"0:45", "/srv", "btrfs", "/dev/sdz"}},
                         .btrfs = {{"a-uuid", {"nvme0n1", "sdz"}}}};
  CHECK(needs({disk(), made("sdz", "65:0")}, users) ==
        Needs{{Kind::mounted, {bdf, "nvme0n1", "/srv"}}});
  // Mounted where we cannot see it.
  CHECK(needs({disk()}, {.btrfs = users.btrfs}) ==
        Needs{{Kind::mounted, {bdf, "nvme0n1", "btrfs"}}});
  // And bcachefs, whose source names all of them.
  CHECK(needs({disk()}, {.mounts = {{"0:45", "/b", "bcachefs", "/dev/sdz:/dev/nvme0n1"}}}) ==
        Needs{{Kind::mounted, {bdf, "nvme0n1", "/b"}}});
}

TEST_CASE("a loop device lies on what its file lies on") {
  BlockDevice loop = made("loop0", "7:0");
  loop.backing_file = "/host/root.img";
  const BlockUsers users{
      .mounts = {{"7:0", "/", "ext4", "/dev/loop0"}, {"259:0", "/host", "ntfs3", "/dev/nvme0n1"}}};
  CHECK(needs({disk(), loop}, users) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1", "loop0", "/"}}});
}

TEST_CASE("an interface may have the name of a disk") {
  const DeviceNode interface {
    .name = "nvme0n1", .paths = { "devices/virtual/net/nvme0n1" }
  };
  CHECK(needs(with_interfaces({disk()}, {interface}, {}),
              {.mounts = {{"259:0", "/", "ext4", "/dev/nvme0n1"}}}) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1", "/"}}});
}

TEST_CASE("a btrfs root whose mount names no device is on the members of one") {
  CHECK(needs({disk()}, {.mounts = {{"0:20", "/", "btrfs", "/dev/root"}},
                         .btrfs = {{"a-uuid", {"nvme0n1"}}}}) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1", "btrfs"}}});
}

TEST_CASE("a source that only looks like a device is none where the number tells it") {
  CHECK(needs({disk()}, {.mounts = {{"0:77", "/home/eve/m", "fuse.x", "srv:/dev/nvme0n1"}}}) ==
        Needs{});
}

TEST_CASE("beside what the host cannot do without, further file systems are not told") {
  const std::vector<BlockDevice> devices{disk({"nvme0n1p1", "nvme0n1p2"}),
                                         part("nvme0n1p1", "259:1"), part("nvme0n1p2", "259:2")};
  CHECK(needs(devices, {.mounts = {{"259:1", "/data", "ext4", ""}, {"259:2", "/", "ext4", ""}}}) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1", "nvme0n1p2", "/"}}});
}

TEST_CASE("of a layered root only what its layers lie on is the root") {
  const Mount root{.number = "0:20",
                   .point = "/",
                   .type = "overlay",
                   .source = "overlay",
                   .layers = {"/media/lower", "/media/rw/upper"}};
  const Mount data{"259:0", "/data", "ext4", "/dev/nvme0n1"};
  const Mount lower{"8:0", "/media/lower", "ext4", "/dev/sda"};
  CHECK(needs({disk()}, {.mounts = {root, data, lower}}) ==
        Needs{{Kind::mounted, {bdf, "nvme0n1", "/data"}}});
  const Mount upper{"259:0", "/media/rw", "ext4", "/dev/nvme0n1"};
  CHECK(needs({disk()}, {.mounts = {root, upper}}) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1", "/media/rw"}}});
}

TEST_CASE("of a live system each mounted file system may be a layer of the root") {
  CHECK(needs({disk()}, {.mounts = {{"0:20", "/", "overlay", "overlay"},
                                    {"259:0", "/run/live/medium", "ext4", "/dev/nvme0n1"}}}) ==
        Needs{{Kind::root_file_system, {bdf, "nvme0n1", "/run/live/medium"}}});
}

TEST_CASE("swap, VMs and programs are found by number, by node and by name") {
  BlockDevice volume = made("dm-0", "253:0");
  volume.node.shown = "vg-guest";
  const BlockUsers users{.swaps = {"/dev/mapper/vg-guest"},
                         .users = {{Kind::open_block_device, "/dev/dm-0", "dd (process 9)"},
                                   {Kind::vm_disk, "253:0", "domain 3"}}};
  CHECK(needs({disk({"dm-0"}), volume}, users) ==
        Needs{{Kind::swap, {bdf, "nvme0n1", "vg-guest", "swap"}},
              {Kind::vm_disk, {bdf, "nvme0n1", "vg-guest", "domain 3"}},
              {Kind::open_block_device, {bdf, "nvme0n1", "vg-guest", "dd (process 9)"}}});
}

}  // namespace
}  // namespace xenlaunch::test
