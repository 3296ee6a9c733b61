#include <filesystem>
#include <fstream>

#include "tests/unit/cli/vm_host.h"

namespace xenlaunch::test {
namespace {

/// win10 runs, with these disks.
struct DiskHost : VmHost {
  explicit DiskHost(const std::string& disks, VmState state = VmState::running) {
    add_win10(state);
    std::ofstream{folder("win10").vm_file(), std::ios::app} << "disks: " << disks << "\n";
    tree.write("cd.iso", "x");
  }
  std::string image() const { return tree.path("cd.iso"); }
};

const std::string two_drives =
    "[{image: /d, target: hda}, {type: cdrom, target: hdc}, {type: cdrom, target: sda}]";
const std::string refusal = "xenlaunch: error: cannot change a CD-ROM drive of win10: ";

TEST_CASE("a target that is no CD-ROM drive of the VM is refused, with those that are") {
  DiskHost vm{two_drives};
  for (const std::string target : {"hda", "hdd", "xvda"}) {
    const Run refused{4, "", refusal + target + " is not one; its CD-ROM drives are hdc, sda\n"};
    CHECK(vm.run({"disk", "eject", "win10", target}) == refused);
    CHECK(vm.run({"disk", "insert", "win10", target, vm.image()}) == refused);
  }
  DiskHost without{"[]"};
  CHECK(without.run({"disk", "eject", "win10", "hd\x1b"}) ==
        Run{4, "", refusal + "hd\\x1b is not one; it has no CD-ROM drive\n"});
}

TEST_CASE("an image has to be there, and to be named by its absolute path") {
  DiskHost vm{two_drives};
  const std::string missing = vm.tree.path("none.iso");
  CHECK(vm.run({"disk", "insert", "win10", "hdc", missing}) ==
        Run{4, "",
            "xenlaunch: error: cannot use the CD-ROM image " + missing +
                ": No such file or directory\n"});
  for (const auto& [image, shown] : {std::pair{"cd.iso", "cd.iso"}, {"/a\n", "/a\\n"}})
    CHECK(vm.run({"disk", "insert", "win10", "hdc", image}) ==
          Run{2, "",
              "xenlaunch: error: cannot use '" + std::string{shown} +
                  "' as an image: expected an absolute path\n"});
}

TEST_CASE("a VM without a domain that lives has no drives to change") {
  VmHost none;
  CHECK(none.run({"disk", "eject", "win10", "hdc"}) ==
        Run{4, "", refusal + "xenlaunch has no VM 'win10'; it has none at all\n"});
  DiskHost vm{two_drives, VmState::restarting};
  vm.xen.domains.erase(7);
  const Run run = vm.run({"disk", "eject", "win10", "hdc"});
  CHECK(run.status == 4);
  CHECK(run.err.starts_with(refusal + "it is "));
}

TEST_CASE("where the running VM's QEMU does not answer, that is said") {
  DiskHost vm{two_drives};
  CHECK(vm.run({"disk", "insert", "win10", "hdc", vm.image()}) ==
        Run{7, "",
            "xenlaunch: error: cannot ask QEMU over /var/run/xen/qmp-libxl-7: No such file or "
            "directory\n"});
}

}  // namespace
}  // namespace xenlaunch::test
