#include "launcher/host/dom0_needs.h"

#include <filesystem>

#include "tests/fixtures/machine.h"
#include "tests/unit/host/print_needs.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using Needs = std::vector<Dom0Need>;
using Kind = Dom0NeedKind;

Needs needs_below(const std::filesystem::path& root, const std::string& bdf) {
  PciFunction function;
  function.address = *PciAddress::parse(bdf);
  const Dom0Needs all = read_dom0_needs(root, {function});
  const auto found = all.find(function.address);
  return found == all.end() ? Needs{} : found->second;
}

Needs needs_of(const std::string& machine, const std::string& bdf) {
  return needs_below(testing::machine(machine), bdf);
}

TEST_CASE("a root file system on LVM, LUKS and NVMe is found behind a VMD controller") {
  const std::string vmd = "0000:00:0e.0";
  const std::string nvme = "10000:e1:00.0";
  CHECK(needs_of("nvme-below-vmd", vmd) ==
        Needs{{Kind::root_file_system,
               {vmd, nvme, "nvme0n1", "nvme0n1p3", "luks-root", "vg-root", "/"}},
              {Kind::boot, {vmd, nvme, "nvme0n1", "nvme0n1p1", "/boot/efi"}},
              {Kind::boot, {vmd, nvme, "nvme0n1", "nvme0n1p2", "/boot"}},
              {Kind::swap, {vmd, nvme, "nvme0n1", "nvme0n1p3", "luks-root", "vg-swap", "swap"}}});
  CHECK(needs_of("nvme-below-vmd", "0000:01:00.0") == Needs{});
}

TEST_CASE("disks are followed through md, bcache, btrfs, multipath and USB") {
  const std::string machine = "disks-of-all-kinds";
  const auto of = [&machine](const std::string& bdf) { return needs_of(machine, bdf); };
  CHECK(of("0000:00:17.0") ==
        Needs{{Kind::root_file_system, {"0000:00:17.0", "sda", "sda2", "md1", "/"}},
              {Kind::swap, {"0000:00:17.0", "sda", "sda1", "md0", "swap"}}});
  CHECK(of("0000:03:00.0") ==
        Needs{{Kind::mounted, {"0000:03:00.0", "sdd", "/srv"}},
              {Kind::mounted, {"0000:03:00.0", "sdc", "sdc1", "bcache0", "/data"}}});
  CHECK(of("0000:04:00.0") ==
        Needs{{Kind::mounted, {"0000:04:00.0", "nvme0n1", "bcache0", "/data"}}});
  CHECK(of("0000:05:00.0") == Needs{{Kind::mounted, {"0000:05:00.0", "nvme1n1", "/srv"}}});
  CHECK(of("0000:00:14.0") ==
        Needs{{Kind::mounted, {"0000:00:14.0", "sdg", "sdg1", "/media/my stick"}}});
  for (const std::string adapter : {"0000:08:00.0", "0000:09:00.0"}) {
    const std::string disk = adapter == "0000:08:00.0" ? "sdh" : "sdi";
    CHECK(of(adapter) == Needs{{Kind::mounted, {adapter, disk, "mpatha", "/backup"}}});
  }
  CHECK(of("0000:07:00.0") == Needs{});
  // What is below a bridge, and which of the functions there it is.
  CHECK(of("0000:00:1d.4") ==
        Needs{{Kind::mounted, {"0000:00:1d.4", "0000:05:00.0", "nvme1n1", "/srv"}}});
}

TEST_CASE("a USB device is looked at by itself, without what else is at its controller") {
  const std::filesystem::path root = testing::machine("disks-of-all-kinds");
  CHECK((read_usb_needs(root, {{2, "3"}, {2, "4"}, {1, "3"}}) ==
         UsbNeeds{{{2, "3"}, {{Kind::mounted, {"2-3", "sdg", "sdg1", "/media/my stick"}}}}}));
  CHECK(read_usb_needs(root, {}).empty());
}

TEST_CASE("disks of running VMs are found in blkback and in QEMU") {
  CHECK(needs_of("disks-of-all-kinds", "0000:06:00.0") ==
        Needs{{Kind::vm_disk, {"0000:06:00.0", "sde", "domain 3"}},
              {Kind::vm_disk, {"0000:06:00.0", "sdf", "xen-qemu-system (process 812)"}}});
}

TEST_CASE("a default route is found over a bridge, a VLAN and a bond, on each port") {
  const auto over = [](const std::string& bdf, const std::string& port) {
    return Needs{
        {Kind::default_route, {bdf, port, "bond0", "bond0.100", "xenbr0", "default route"}}};
  };
  CHECK(needs_of("bridge-over-bond", "0000:02:00.0") == over("0000:02:00.0", "eno1"));
  CHECK(needs_of("bridge-over-bond", "0000:02:00.1") == over("0000:02:00.1", "eno2"));
  CHECK(needs_of("bridge-over-bond", "0000:03:00.0") ==
        Needs{{Kind::default_route, {"0000:03:00.0", "enp3s0f0", "default route"}}});
  CHECK(needs_of("bridge-over-bond", "0000:03:00.1") == Needs{});
}

TEST_CASE("a bridge of Open vSwitch is the one with its port's hardware address") {
  CHECK(needs_of("open-vswitch", "0000:02:00.0") ==
        Needs{{Kind::default_route, {"0000:02:00.0", "eth0", "xenbr0", "default route"}}});
  CHECK(needs_of("open-vswitch", "0000:02:00.1") == Needs{});
}

/// A machine with one disk, and nothing that lies on it.
void write_disk(const testing::TemporaryTree& tree) {
  const std::string disk = "devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1";
  tree.write("sys/" + disk + "/dev", "259:0\n");
  tree.link("sys/class/block/nvme0n1", "/sys/" + disk);  // absolute, as some copies have it
}

TEST_CASE("absolute links of a copy lead to the copy, and plain folders to nothing") {
  const testing::TemporaryTree tree;
  write_disk(tree);
  tree.write("proc/1/mountinfo", "20 1 259:0 / / rw - ext4 /dev/root rw\n");
  CHECK(needs_below(tree.root(), "0000:02:00.0") ==
        Needs{{Kind::root_file_system, {"0000:02:00.0", "nvme0n1", "/"}}});
  tree.remove("sys/class/block/nvme0n1");
  tree.write("sys/class/block/nvme0n1/dev", "259:0\n");
  CHECK(needs_below(tree.root(), "0000:02:00.0") == Needs{});
}

TEST_CASE("in a copy it is not known whether a disk is part of a ZFS pool, unless udev told") {
  const testing::TemporaryTree tree;
  write_disk(tree);
  tree.write("proc/mounts", "tank/root / zfs rw 0 0\n");
  CHECK(needs_below(tree.root(), "0000:02:00.0") ==
        Needs{{Kind::not_known, {"0000:02:00.0", "nvme0n1"}}});
  tree.write("run/udev/data/b259:0",
             "S:disk/by-id/x\nE:ID_FS_LABEL=tank\nE:ID_FS_TYPE=zfs_member\n");
  CHECK(needs_below(tree.root(), "0000:02:00.0") ==
        Needs{{Kind::root_file_system, {"0000:02:00.0", "nvme0n1", "tank", "/"}}});
}

TEST_CASE("a disk that more NVMe controllers lead to is needed of each of them") {
  const testing::TemporaryTree tree;
  const std::string subsystem = "devices/virtual/nvme-subsystem/nvme-subsys0";
  const std::string controllers = "devices/pci0000:00/0000:0";
  for (const std::string one : {"0", "1"}) {
    const std::string controller = controllers + (one == "0" ? "2" : "3") + ":00.0/nvme/nvme" + one;
    const std::string hidden = "nvme0c" + one + "n1";
    tree.write("sys/" + controller + "/" + hidden + "/hidden", "1\n");
    tree.link("sys/class/block/" + hidden, "../../" + controller + "/" + hidden);
    tree.link("sys/" + subsystem + "/nvme" + one, "../../../" + controller.substr(8));
  }
  tree.write("sys/" + subsystem + "/nvme0n1/dev", "259:0\n");
  tree.link("sys/class/block/nvme0n1", "../../" + subsystem + "/nvme0n1");
  tree.write("proc/self/mountinfo", "20 1 259:0 / /srv rw - xfs /dev/nvme0n1 rw\n");
  for (const std::string bdf : {"0000:02:00.0", "0000:03:00.0"})
    CHECK(needs_below(tree.root(), bdf) == Needs{{Kind::mounted, {bdf, "nvme0n1", "/srv"}}});
}

TEST_CASE("disks and file systems that come over the network are needed of their interface") {
  const testing::TemporaryTree tree;
  const std::string bdf = "0000:02:00.0";
  tree.link("sys/class/net/eth1", "../../devices/pci0000:00/" + bdf + "/net/eth1");
  tree.write("proc/net/route", "eth1 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n");
  CHECK(needs_below(tree.root(), bdf) == Needs{});
  const std::string lun = "devices/platform/host5/session7/target5:0:0/5:0:0:1/block/sdb";
  tree.link("sys/class/block/sdb", "../../" + lun);
  tree.write("sys/" + lun + "/dev", "8:16\n");
  tree.write("sys/class/iscsi_connection/connection7:0/address", "192.0.2.8\n");
  const std::string fabrics = "devices/virtual/nvme-fabrics/ctl/nvme3";
  tree.link("sys/class/block/nvme3n1", "../../" + fabrics + "/nvme3n1");
  tree.write("sys/" + fabrics + "/nvme3n1/dev", "259:7\n");
  tree.write("sys/" + fabrics + "/address", "traddr=192.0.2.9,trsvcid=4420\n");
  tree.write("proc/self/mountinfo",
             "20 1 8:16 / / rw - ext4 /dev/sdb rw\n"
             "21 1 259:7 / /srv rw - ext4 /dev/nvme3n1 rw\n"
             "22 1 0:50 / /images rw - nfs4 store:/images rw,addr=192.0.2.10\n"
             "23 1 0:51 / /elsewhere rw - nfs4 far:/b rw,addr=198.51.100.1\n");
  CHECK(needs_below(tree.root(), bdf) ==
        Needs{{Kind::root_file_system, {bdf, "eth1", "sdb", "/"}}});
  tree.write("proc/self/mountinfo",
             "20 1 9:0 / / rw - ext4 /dev/elsewhere rw\n"
             "21 1 259:7 / /srv rw - ext4 /dev/nvme3n1 rw\n"
             "22 1 0:50 / /images rw - nfs4 store:/images rw,addr=192.0.2.10\n");
  CHECK(needs_below(tree.root(), bdf) == Needs{{Kind::mounted, {bdf, "eth1", "/images"}},
                                               {Kind::mounted, {bdf, "eth1", "nvme3n1", "/srv"}}});
}

TEST_CASE("what its virtual functions carry is needed of an SR-IOV function") {
  const testing::TemporaryTree tree;
  const std::string pf = "0000:02:00.0";
  const std::string vf = "0000:02:10.1";
  tree.link("sys/bus/pci/devices/" + pf + "/virtfn0", "../0000:02:10.0");
  tree.link("sys/bus/pci/devices/" + pf + "/virtfn1", "../" + vf);
  tree.link("sys/class/net/eth1", "../../devices/pci0000:00/" + vf + "/net/eth1");
  tree.write("proc/net/route", "eth1 00000000 0100000A 0003 0 0 0 00000000 0 0 0\n");
  CHECK(needs_below(tree.root(), pf) ==
        Needs{{Kind::default_route, {pf, vf, "eth1", "default route"}}});
}

TEST_CASE("what --force leaves is the root file system") {
  const PciAddress nic{0, 2, 0, 0};
  const PciAddress disk{0, 3, 0, 0};
  const Dom0Need root{Kind::root_file_system, {"0000:03:00.0", "sda", "/"}};
  Dom0Needs needs{{nic, {{Kind::default_route, {"0000:02:00.0", "eth0", "default route"}}}},
                  {disk, {root, {Kind::swap, {"0000:03:00.0", "sda", "swap"}}}}};
  leave_root_only(needs);
  CHECK(needs.at(nic) == Needs{});
  CHECK(needs.at(disk) == Needs{root});
}

}  // namespace
}  // namespace xenlaunch::test
