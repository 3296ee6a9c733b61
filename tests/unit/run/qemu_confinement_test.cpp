#include "launcher/run/qemu_confinement.h"

#include <doctest/doctest.h>

#include "tests/unit/host/qcow2_image.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Paths = std::vector<std::filesystem::path>;

TEST_CASE("QEMU writes to disks that may be written, and where its sockets go") {
  VmConfig vm = vm_with({});
  vm.disks = {{.image = "/srv/a.qcow2", .format = DiskFormat::qcow2, .target = "hda"},
              {.image = "/srv/b.raw", .target = "xvdb", .readonly = true},
              {.image = "/srv/cd.iso", .type = DiskType::cdrom, .target = "hdc"}};
  vm.serial = {.kind = SerialConfig::Kind::file, .path = "/var/log/guest/serial.log"};
  vm.vnc = VncConfig{.socket = "/srv/vnc/a"};
  CHECK(what_qemu_writes(plan_of(vm, {})) == Paths{"/srv/a.qcow2", "/var/log/guest", "/srv/vnc"});
  vm.disks.clear();
  vm.serial = {.kind = SerialConfig::Kind::unix_socket, .path = "/srv/serial"};
  vm.vnc.reset();
  CHECK(what_qemu_writes(plan_of(vm, {})) == Paths{"/srv"});
  vm.serial = {};
  CHECK(what_qemu_writes(plan_of(vm, {})) == Paths{});
}

TEST_CASE("what serves the disks writes to the images that it is not given") {
  VmConfig vm = vm_with({});
  vm.disks = {{.image = "/srv/above.qcow2", .format = DiskFormat::qcow2, .target = "hda"},
              {.image = "/srv/b.raw", .target = "xvdb"},
              {.image = "/srv/c.raw", .target = "nvme0"}};
  LaunchPlan plan = plan_of(vm, {});
  CHECK(what_disk_server_writes(plan) == Paths{"/srv/above.qcow2", "/srv/b.raw"});
  for (PlannedDisk& disk : plan.disks) disk.handed = 0;
  CHECK(what_disk_server_writes(plan) == Paths{});
}

TEST_CASE("what serves disks as root opens its libraries, the images, and what those name") {
  const testing::TemporaryTree tree;
  tree.write("above.qcow2", qcow2_image("base.raw"));
  tree.write("base.raw", "");
  tree.write("b.raw", "");
  VmConfig vm = vm_with({});
  vm.disks = {{.image = tree.path("above.qcow2"), .format = DiskFormat::qcow2, .target = "hda"},
              {.image = tree.path("b.raw"), .target = "xvdb", .readonly = true},
              {.image = "/srv/c.raw", .target = "nvme0"}};
  LaunchPlan plan = plan_of(vm, {});
  REQUIRE(plan.disks.front().backend == DiskBackend::qdisk);
  plan.disks.front().links = {tree.path("base.raw")};
  plan.device_model.path = "/usr/bin/env";
  const FileRules rules{
      .read = {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime",
               tree.path("base.raw")},
      .written = {"/dev/null", "/dev/xen/evtchn", "/dev/xen/gntdev", "/dev/xen/hypercall",
                  tree.path("above.qcow2"), tree.path("b.raw")}};
  CHECK(what_root_opens(plan) == rules);
  // What the guest writes to an image decides nothing.
  tree.write("b.raw", qcow2_image("/run/x"));
  tree.write("above.qcow2", qcow2_image("/"));
  CHECK(what_root_opens(plan) == rules);
  plan.device_model.path = "/opt/qemu/bin/qemu";
  CHECK(what_root_opens(plan) == std::nullopt);
  plan.device_model.path = "/usr/bin/env";
  plan.disks.front().config.image = "/run/media/disk/above.qcow2";
  CHECK(what_root_opens(plan) == std::nullopt);
}

TEST_CASE(
    "a confined QEMU writes to the kernel's file systems, and to no other but its own files") {
  std::vector<Mount> mounts;
  for (const char* point : {"/", "/srv", "/dev", "/dev/shm", "/proc", "/run", "/sys", "/tmp",
                            "/var/tmp", "/devices", "/home"})
    mounts.push_back({.point = point});
  mounts.push_back({.point = "/sys/fs/bpf", .is_read_only = true});
  mounts.push_back({.point = "/sys/fs/cgroup", .type = "cgroup2"});
  mounts.push_back({.point = "/sys/fs/cgroup/pids", .type = "cgroup"});
  const Confinement confinement =
      confine({"/nowhere/a.img", "/dev/vg/b", "/nowhere/a.img", "/run/c"}, mounts);
  CHECK(confinement.bound == Paths{"/nowhere/a.img"});
  CHECK(confinement.writable ==
        Paths{"/nowhere/a.img", "/dev", "/dev/shm", "/proc", "/run", "/sys", "/tmp", "/var/tmp"});
  CHECK_FALSE(confinement.system_calls.empty());
  CHECK(confinement.open_files == 4096U);
}

TEST_CASE("an open folder that is no file system of its own becomes one") {
  CHECK(confine({}, {{.point = "/"}, {.point = "/dev"}, {.point = "/run"}, {.point = "/sys"}})
            .writable == Paths{"/proc", "/tmp", "/var/tmp", "/dev", "/run", "/sys"});
}

}  // namespace
}  // namespace xenlaunch::test
