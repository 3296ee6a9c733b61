#include <sys/stat.h>

#include <filesystem>

#include "tests/fixtures/machine.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("a copy of a host with what is no file in the place of files is read without a wait") {
  for (const char* name :
       {"proc/cmdline", "etc/xenlaunch/host.yaml", "dev/vga_arbiter", "xen-commandline",
        "sys/bus/pci/devices/0000:00:02.0/config", "sys/bus/pci/devices/0000:00:02.0/vendor",
        "sys/bus/pci/devices/0000:00:02.0/rom", "proc/iomem", "proc/mounts", "proc/swaps",
        "sys/firmware/acpi/tables/DMAR", "boot/grub/grub.cfg", "proc/1/comm",
        "etc/modprobe.d/x.conf", "sys/class/net/eth0/address", "proc/net/route"}) {
    for (const char* target : {"", "/dev/zero", "/dev/tty"}) {
      CAPTURE(name);
      CAPTURE(target);
      const testing::TemporaryTree tree;
      std::filesystem::copy(
          testing::machine("host-igd"), tree.root(),
          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
      tree.remove(name);
      std::filesystem::create_directories((tree.root() / name).parent_path());
      if (*target == '\0')
        REQUIRE(::mkfifo(tree.path(name).c_str(), 0600) == 0);
      else
        tree.link(name, target);
      for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
               {"host", "doctor"}, {"gpu", "list"}, {"pci", "list"}}) {
        std::vector<std::string> args = command;
        args.insert(args.end(), {"--root", tree.root().string()});
        CHECK(run_on(unreachable_host, args).status != 1);
      }
    }
  }
}

TEST_CASE("a VM file that others could have written is looked at, and not started") {
  const testing::TemporaryTree tree;
  const std::string file = tree.path("vm.yaml");
  tree.write("vm.yaml", "name: win10\nmemory: 1GiB\n");
  REQUIRE(::chmod(file.c_str(), 0666) == 0);
  const Run refused{4, "",
                    "xenlaunch: error: cannot trust " + file + ": all users can write to " + file +
                        ", and so what is in the file is not root's alone to say; `chown root` and "
                        "`chmod go-w` help, or name its folder under trusted_folders in "
                        "/etc/xenlaunch/host.yaml\n"};
  CHECK(run_on(unreachable_host, {"run", file}) == refused);
  CHECK(run_on(unreachable_host, {"start", file}) == refused);
  CHECK(run_on(unreachable_host, {"attach", file, "--domid=7"}) == refused);
  CHECK(run_on(unreachable_host, {"check", file}) == refused);
  // To ask what a program can is to run it.
  tree.write("qemu", "#!/bin/sh\ntouch " + tree.path("mark") + "\n");
  REQUIRE(::chmod(tree.path("qemu").c_str(), 0755) == 0);
  tree.write("vm.yaml",
             "name: win10\nmemory: 1GiB\ndevice_model: {path: " + tree.path("qemu") + "}\n");
  CHECK(run_on(unreachable_host, {"run", file, "--dry-run"}) == refused);
  CHECK_FALSE(std::filesystem::exists(tree.path("mark")));
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  REQUIRE(::chmod(tree.path("qemu").c_str(), 0777) == 0);
  const Run dry = run_on(unreachable_host, {"run", file, "--dry-run"});
  CHECK(dry.err.find("all users can write to " + tree.path("qemu")) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(tree.path("mark")));
  REQUIRE(::chmod(tree.path("qemu").c_str(), 0755) == 0);
  run_on(unreachable_host, {"run", file, "--dry-run"});
  CHECK(std::filesystem::exists(tree.path("mark")));
  tree.write("vm.yaml", "name: win10\nmemory: 1GiB\n");
  REQUIRE(::chmod(file.c_str(), 0666) == 0);
  const std::string root = testing::machine("host-igd");
  CHECK(run_on(unreachable_host, {"check", file, "--root", root}).status == 0);
  CHECK(run_on(unreachable_host, {"run", file, "--dry-run", "--root", root}).status == 0);
}

}  // namespace
}  // namespace xenlaunch::test
