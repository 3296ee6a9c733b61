#include "devicemodel/qemu_args.h"

#include <algorithm>

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Argv = std::vector<std::string>;

DeviceModelSpec with_images(UserOption option) {
  return {.path = "/qemu",
          .guest_name = "a,b",
          .users = QemuUsers{.first = 1000000, .option = option},
          .restricted = true,
          .handed_images = {"hda", "xvdb"},
          .disk_server = DiskServer::own_user};
}

TEST_CASE("what serves the disks has their images, QEMU's user and root, and nothing else") {
  const Argv first{"/qemu",       "-machine",
                   "xenpv",       "-xen-attach",
                   "-xen-domid",  "7",
                   "-nodefaults", "-no-user-config",
                   "-name",       "guest=a,,b disks",
                   "-display",    "none",
                   "-add-fd",     "fd=512,set=0,opaque=hda",
                   "-add-fd",     "fd=513,set=1,opaque=xvdb"};
  const auto with = [&first](const Argv& user) {
    Argv all = first;
    all.insert(all.end(), user.begin(), user.end());
    return all;
  };
  CHECK(disk_server_argv(with_images(UserOption::runas), "7") ==
        with({"-chroot", "/var/run/xen/root-xenlaunch-7", "-runas", "1000007:1000007"}));
  CHECK(disk_server_argv(with_images(UserOption::run_with), "7") ==
        with({"-run-with", "chroot=/var/run/xen/root-xenlaunch-7,user=1000007:1000007"}));
  DeviceModelSpec root = with_images(UserOption::runas);
  root.disk_server = DiskServer::root;
  CHECK(disk_server_argv(root, "7") == first);
}

TEST_CASE("QEMU has the images where it serves the disks itself") {
  DeviceModelSpec spec = with_images(UserOption::runas);
  const auto images = [&spec] {
    const Argv argv = device_model_argv(spec, "7");
    return std::ranges::count(argv, "-add-fd");
  };
  CHECK(images() == 0);
  spec.disk_server = DiskServer::none;
  CHECK(images() == 2);
}

}  // namespace
}  // namespace xenlaunch::test
