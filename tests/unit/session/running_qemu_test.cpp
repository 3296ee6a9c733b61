#include "launcher/session/running_qemu.h"

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Names = std::vector<std::string>;

/// A host on which process 7 is the QEMU.
struct Process {
  testing::TemporaryTree tree;

  Process(const std::string& status, const std::string& root_options, const std::string& own) {
    tree.write("proc/7/status", "Name:\tqemu\n" + status);
    tree.write("proc/7/mountinfo",
               "22 1 254:1 / / " + root_options + " shared:1 - ext4 /dev/vda1 rw\n");
    tree.link("proc/self/root", "1");
    tree.link("proc/7/root", own);
    for (const char* kind : {"mnt", "ipc", "net"}) {
      tree.link(std::string{"proc/self/ns/"} + kind, "1");
      tree.link(std::string{"proc/7/ns/"} + kind, own);
    }
  }
};

TEST_CASE("the control group of a QEMU is read off the process, where there are such groups") {
  const testing::TemporaryTree tree;
  const auto group = [&tree](const std::string& text) {
    tree.write("proc/7/cgroup", text);
    return control_group_of(7, tree.root());
  };
  CHECK(group("0::/machine.slice/xenlaunch-7.scope\n") == "/machine.slice/xenlaunch-7.scope");
  CHECK(group("2:pids:/a\n1:name=systemd:/b\n0::/c\n") == "/c");
  CHECK(group("0::/a\x1b[2J\n") == "/a\\x1b[2J");
  CHECK(group("2:pids:/a\n") == "");
  CHECK(control_group_of(8, tree.root()) == "");
}

TEST_CASE("what a QEMU is kept from is read off the process itself") {
  const Process caged{"Uid:\t7\t7\t7\t7\nNoNewPrivs:\t1\nSeccomp:\t2\n", "ro,relatime", "2"};
  CHECK(confinement_of(7, caged.tree.root()) ==
        Names{"files", "system_calls", "privileges", "ipc", "network", "user", "root"});
  const auto restricted = [&](const std::string& command_line) {
    caged.tree.write("proc/7/cmdline", command_line);
    return confinement_of(7, caged.tree.root()).back() == "domains";
  };
  CHECK(restricted(std::string{"qemu\0-xen-domid-restrict\0-m\0", 28}));
  CHECK_FALSE(restricted(std::string{"qemu\0-name\0guest=-xen-domid-restrict\0", 37}));
  // As with a view of its GPU and `confined: false`.
  const Process viewed{"Uid:\t0\t0\t0\t0\nNoNewPrivs:\t0\nSeccomp:\t0\n", "rw,relatime", "1"};
  viewed.tree.remove("proc/7/ns/mnt");
  viewed.tree.link("proc/7/ns/mnt", "2");
  CHECK(confinement_of(7, viewed.tree.root()).empty());
  CHECK(confinement_of(8, caged.tree.root()).empty());
}

}  // namespace
}  // namespace xenlaunch::test
