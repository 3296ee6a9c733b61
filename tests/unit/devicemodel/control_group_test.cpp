#include "devicemodel/control_group.h"

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Paths = std::vector<std::filesystem::path>;

/// A folder as the kernel would show it; what is written to one of its files stays there.
struct Groups {
  testing::TemporaryTree tree;
  ResourceLimits limits{.memory_mib = 512, .tasks = 200, .cpu_weight = 50};
  GroupMaker maker{.folder = tree.root()};

  std::string group() const {
    return maker.systemd_run ? "machine.slice/xenlaunch-7.scope/" : "xenlaunch-7/";
  }
  void make() const {
    tree.write(group() + "cgroup.procs", "");
    tree.write(group() + "pids.max", "200\n");
    tree.write(group() + "memory.max", "536870912\n");
    tree.write(group() + "cpu.weight", "50\n");
  }
  void join() const {
    ControlGroup{{.domid = 7, .vm = "vm", .limits = limits}, maker}.join({4711});
  }
  std::string joined() const { return tree.read(group() + "cgroup.procs"); }

  /// Has a program in the place of systemd-run, which does that.
  void have_systemd(const std::string& script) {
    tree.write("systemd-run", "#!/bin/sh\n" + script);
    std::filesystem::permissions(tree.root() / "systemd-run", std::filesystem::perms::owner_all);
    maker.systemd_run = tree.root() / "systemd-run";
  }
};

TEST_CASE("without systemd a control group is a folder with its limits and processes") {
  const Groups groups;
  groups.make();
  for (const char* file : {"pids.max", "memory.max", "cpu.weight"})
    groups.tree.write(groups.group() + file, "");
  // A file does not end its line by itself, as the kernel's do, so the limits seem not to hold.
  CHECK(error_of([&] { groups.join(); }) ==
        "7: cannot limit QEMU to 200 tasks: " +
            groups.tree.path("xenlaunch-7/pids.max does not take it"));
  CHECK(groups.joined() == "4711");
  CHECK(groups.tree.read("xenlaunch-7/pids.max") == "200");
  CHECK(groups.tree.read("xenlaunch-7/memory.max") == "536870912");
  CHECK(groups.tree.read("xenlaunch-7/cpu.weight") == "50");
}

TEST_CASE("a limit that the kernel does not have is told of") {
  const Groups groups;
  groups.make();
  groups.tree.remove("xenlaunch-7/memory.max");
  CHECK(error_of([&] { groups.join(); }) ==
        "7: cannot limit QEMU to 512 MiB of memory: dom0 has no controller memory for control "
        "groups");
  CHECK(groups.joined() == "4711");
}

TEST_CASE("a control group that nothing can join is told of and taken back") {
  const Groups groups;
  CHECK(error_of([&] { groups.join(); }) == "7: cannot put QEMU into the control group " +
                                                groups.tree.path("xenlaunch-7") +
                                                ": No such file or directory");
  CHECK_FALSE(std::filesystem::exists(groups.tree.path("xenlaunch-7")));
}

TEST_CASE("systemd is asked for a scope with the limits, which is there until QEMU is in it") {
  Groups groups;
  groups.maker.unit = "session-1.scope";
  groups.have_systemd(
      "cd \"${0%/*}\"; echo \"$@\" >asked; env >environment; echo a warning >&2; exec cat");
  groups.make();
  groups.join();
  CHECK(groups.joined() == "4711");
  CHECK(groups.tree.read("asked") ==
        "--quiet --scope --collect --no-ask-password --unit=xenlaunch-7.scope "
        "--slice=machine.slice --description=QEMU of the VM vm --property=Delegate=pids "
        "--property=Before=session-1.scope --property=TasksMax=200 --property=MemoryMax=536870912 "
        "--property=CPUWeight=50 cat\n");
  CHECK(groups.tree.read("environment").find("HOME=") == std::string::npos);
}

TEST_CASE("a systemd that does not make the scope, or does not answer, is told of") {
  Groups groups;
  const std::string error = "7: cannot have systemd make the control group xenlaunch-7.scope: ";
  groups.have_systemd("printf 'Failed to do it: no\\033[2J\\n'; exit 1");
  CHECK(error_of([&] { groups.join(); }) == error + "Failed to do it: no\\x1b[2J");
  groups.have_systemd("exit 0");
  CHECK(error_of([&] { groups.join(); }) == error + "it does not answer");
  groups.have_systemd("exec sleep 1000");  // one that hangs; it is killed at once
  groups.maker.time_to_answer = std::chrono::milliseconds{1};
  CHECK(error_of([&] { groups.join(); }) == error + "it does not answer");
  groups.maker.systemd_run = "/nowhere";
  CHECK(error_of([&] { groups.join(); }) == "7: cannot run /nowhere: No such file or directory");
  CHECK(groups.joined() == "");
}

TEST_CASE("a folder with none, or of version 1, has no control groups") {
  const Groups groups;
  const std::string none = groups.tree.root().string() + " has no control groups of version 2";
  CHECK(lack_of_groups(groups.maker) ==
        GroupLack{none, "have them mounted there (`mount -t cgroup2 cgroup2 " +
                            groups.tree.root().string() + "` where nothing is)"});
  GroupMaker systemd = groups.maker;
  systemd.systemd_run = "/usr/bin/systemd-run";
  CHECK(lack_of_groups(systemd) ==
        GroupLack{none, "boot Linux with systemd.unified_cgroup_hierarchy=1"});
}

TEST_CASE("the unit of a process is its outermost service or scope") {
  CHECK(unit_in("0::/user.slice/user-0.slice/session-1.scope\n") == "session-1.scope");
  CHECK(unit_in("1:name=systemd:/a.service\n0::/system.slice/b.service/payload\n") == "b.service");
  CHECK(unit_in("0::/user.slice/user-0.slice/user@0.service/app.slice/a.scope\n") ==
        "user@0.service");
  CHECK(unit_in("0::/\n") == "");
  CHECK(unit_in("") == "");
}

TEST_CASE("a unit is made for us if it is a scope and no session, or we are its own process") {
  CHECK(is_made_for(7, "run-u7.scope", nullptr));
  CHECK(is_made_for(7, "a.service", "7"));
  CHECK_FALSE(is_made_for(7, "session-1.scope", "7"));
  CHECK_FALSE(is_made_for(7, "pacemaker.service", "70"));
  CHECK_FALSE(is_made_for(7, "ssh.service", nullptr));
  CHECK_FALSE(is_made_for(7, "", nullptr));
}

TEST_CASE("the control group of a domain is systemd's or ours") {
  CHECK(control_groups_of("7") ==
        Paths{"/sys/fs/cgroup/machine.slice/xenlaunch-7.scope", "/sys/fs/cgroup/xenlaunch-7"});
}

TEST_CASE("a control group that is empty, or that is not there, has ended") {
  const testing::TemporaryTree tree;
  end_control_group(tree.path("xenlaunch-7"));
  tree.write("xenlaunch-7/cgroup.events", "populated 0\nfrozen 0\n");
  tree.write("xenlaunch-7/cgroup.kill", "");
  end_control_group(tree.path("xenlaunch-7"));
  CHECK(tree.read("xenlaunch-7/cgroup.kill") == "");
}

}  // namespace
}  // namespace xenlaunch::test
