#include "tests/unit/cli/vm_host.h"

namespace xenlaunch::test {
namespace {

using End = LauncherDouble::End;
using Lines = std::vector<std::string>;

const std::string ask_to_power_off = "write /local/domain/7/control/shutdown = poweroff";
const std::string ask_to_reboot = "write /local/domain/7/control/shutdown = reboot";
const std::string power_button = "press the power button of 7";
const std::string reset_button = "press the reset button of 7";

/// The VM win10, which runs and has a launcher.
struct RunningVm : VmHost {
  RunningVm() { add_win10(); }
  LauncherDouble launcher{*this};

  /// What the call with this line makes the guest do.
  void reacts(const std::string& line, std::function<void()> reaction) {
    journal.reactions[line] = std::move(reaction);
  }
  bool stop_requested() const { return folder("win10").stop_requested(); }
};

TEST_CASE("stop asks a guest with Xen drivers in xenstore, once its end is known to be its last") {
  RunningVm vm;
  vm.xen.pv_drivers = true;
  vm.reacts(ask_to_power_off, [&] {
    CHECK(vm.stop_requested());
    vm.launcher.guest_ends();
  });
  CHECK(vm.run({"stop", "win10"}) ==
        Run{0, "", "xenlaunch: asked win10 to power off\nxenlaunch: win10: powered off\n"});
  CHECK(vm.journal.lines == Lines{ask_to_power_off});
  CHECK(vm.launcher.end() == End::by_itself);
}

TEST_CASE("stop ends a guest that cannot be asked, whatever keeps it from being asked") {
  for (const bool drivers : {false, true}) {
    CAPTURE(drivers);
    RunningVm vm;
    vm.xen.pv_drivers = drivers;
    vm.journal.fail_on = drivers ? ask_to_power_off : power_button;
    CHECK(vm.run({"stop", "win10"}) ==
          Run{0, "",
              "xenlaunch: win10: destroyed, because it could not be asked: injected failure\n"});
    CHECK(vm.launcher.end() == End::told_to);
  }
}

TEST_CASE("reboot resets a guest whose asking fails") {
  RunningVm vm;
  vm.xen.pv_drivers = true;
  vm.journal.fail_on = ask_to_reboot;
  vm.reacts(reset_button, [&] { vm.write_journal(VmState::running, 8); });
  CHECK(vm.run({"reboot", "win10"}) ==
        Run{0, "",
            "xenlaunch: pressing the reset button of win10: it could not be asked: injected "
            "failure\nxenlaunch: win10: reset\n"});
}

TEST_CASE("stop presses the power button of a guest without Xen drivers") {
  RunningVm vm;
  vm.reacts(power_button, [&] { vm.launcher.guest_ends(); });
  CHECK(vm.run({"stop", "win10", "--json"}) ==
        Run{0, "{\n  \"vm\": \"win10\",\n  \"result\": \"powered off\"\n}\n",
            "xenlaunch: pressed the power button of win10, which has no Xen drivers\n"});
  CHECK(vm.journal.lines == Lines{power_button});
  CHECK(vm.launcher.end() == End::by_itself);
}

TEST_CASE("stop destroys a guest that has not powered off in time") {
  RunningVm vm;
  CHECK(vm.run({"stop", "win10", "--timeout=0"}) ==
        Run{0, "",
            "xenlaunch: pressed the power button of win10, which has no Xen drivers\n"
            "xenlaunch: win10: destroyed, because it did not power off within 0 s\n"});
  CHECK(vm.launcher.end() == End::told_to);
}

TEST_CASE("stop --no-force gives up instead, and leaves the VM as it was") {
  RunningVm vm;
  CHECK(vm.run({"stop", "win10", "--timeout=0", "--no-force"}) ==
        Run{4, "",
            "xenlaunch: pressed the power button of win10, which has no Xen drivers\n"
            "xenlaunch: error: cannot stop win10: it did not power off within 0 s; without "
            "--no-force it is destroyed then\n"});
  CHECK(vm.launcher.end() == std::nullopt);
  CHECK_FALSE(vm.stop_requested());
}

TEST_CASE("stop asks no guest that cannot answer") {
  const std::vector<std::pair<VmState, std::string>> reasons{
      {VmState::paused, "it was paused and could not be asked"},
      {VmState::starting, "it was starting"},
      {VmState::restarting, "it was restarting"},
      {VmState::preserved, "it was preserved and could not be asked"}};
  for (const auto& [state, reason] : reasons) {
    CAPTURE(reason);
    VmHost vm;
    vm.add_win10(state);
    if (state != VmState::paused) vm.xen.domains.erase(7);
    LauncherDouble launcher{vm};
    CHECK(vm.run({"stop", "win10"}) ==
          Run{0, "", "xenlaunch: win10: destroyed, because " + reason + "\n"});
    CHECK(vm.journal.lines.empty());
    CHECK(launcher.end() == End::told_to);
  }
}

TEST_CASE("stop and destroy tell where the launcher could not give everything back") {
  const Run refused{8, "",
                    "xenlaunch: error: cannot give back everything that win10 had; `xenlaunch logs "
                    "win10` says what, `xenlaunch recover` tries again\n"};
  for (const std::string command : {"stop", "destroy"}) {
    CAPTURE(command);
    VmHost vm;
    vm.add_win10(VmState::paused);
    const LauncherDouble launcher{vm, /*gives_back=*/false};
    CHECK(vm.run({command, "win10"}) == refused);
  }
}

TEST_CASE("a VM that there is not is named, with those that there are") {
  for (const std::string command : {"stop", "reboot", "destroy", "unpause"}) {
    CAPTURE(command);
    VmHost vm;
    const std::string error =
        "xenlaunch: error: cannot " + command + " win: xenlaunch has no VM 'win'; ";
    CHECK(vm.run({command, "win"}) == Run{4, "", error + "it has none at all\n"});
    vm.add_win10();
    CHECK(vm.run({command, "win"}) == Run{4, "", error + "it has win10\n"});
    CHECK(vm.journal.lines.empty());
  }
}

TEST_CASE("stop and reboot change nothing of a VM whose launcher left it half taken down") {
  for (const std::string command : {"stop", "reboot"}) {
    CAPTURE(command);
    VmHost vm;
    vm.add_win10(VmState::ending);
    const std::string before = vm.tree.read("run/win10/journal");
    CHECK(vm.run({command, "win10"}).status == 4);
    CHECK(vm.tree.read("run/win10/journal") == before);
    CHECK(vm.tree.read("log/win10.log") == "");
    CHECK(vm.journal.lines.empty());
  }
}

TEST_CASE("reboot asks a guest with Xen drivers, and waits until it has a new domain") {
  RunningVm vm;
  vm.xen.pv_drivers = true;
  vm.reacts(ask_to_reboot, [&] { vm.write_journal(VmState::running, 8); });
  CHECK(vm.run({"reboot", "win10", "--json"}) ==
        Run{0, "{\n  \"vm\": \"win10\",\n  \"result\": \"rebooted\"\n}\n",
            "xenlaunch: asked win10 to reboot\n"});
  CHECK(vm.journal.lines == Lines{ask_to_reboot});
  CHECK(vm.launcher.end() == std::nullopt);
}

TEST_CASE("reboot says where the guest's end was its last") {
  RunningVm vm;
  vm.xen.pv_drivers = true;
  vm.reacts(ask_to_reboot, [&] { vm.launcher.guest_ends(); });
  CHECK(vm.run({"reboot", "win10"}) ==
        Run{0, "",
            "xenlaunch: asked win10 to reboot\n"
            "xenlaunch: win10: rebooted, and ended as its VM file says\n"});
}

TEST_CASE("reboot resets a guest that cannot be asked, or does not heed it in time") {
  for (const bool drivers : {false, true}) {
    CAPTURE(drivers);
    RunningVm vm;
    vm.xen.pv_drivers = drivers;
    vm.reacts(reset_button, [&] { vm.write_journal(VmState::running, 8); });
    const std::string asked = drivers ? "xenlaunch: asked win10 to reboot\n" : "";
    const std::string why =
        drivers ? "it did not reboot within 0 s" : "has no Xen drivers, so it cannot be asked";
    CHECK(vm.run({"reboot", "win10", "--timeout=0"}) ==
          Run{0, "",
              asked + "xenlaunch: pressing the reset button of win10: it " + why +
                  "\nxenlaunch: win10: reset\n"});
    CHECK(vm.journal.lines == (drivers ? Lines{ask_to_reboot, reset_button} : Lines{reset_button}));
  }
}

TEST_CASE("reboot gives up with --no-force, and where a reset has no effect") {
  RunningVm vm;
  CHECK(vm.run({"reboot", "win10", "--no-force"}) ==
        Run{4, "",
            "xenlaunch: error: cannot reboot win10: it has no Xen drivers, so it cannot be asked; "
            "without --no-force it is reset then\n"});
  CHECK(vm.journal.lines.empty());
  CHECK(vm.run({"reboot", "win10", "--timeout=0"}) ==
        Run{7, "",
            "xenlaunch: pressing the reset button of win10: it has no Xen drivers, so it cannot be "
            "asked\nxenlaunch: error: cannot reboot win10: its reset had no effect\n"});
  CHECK(vm.launcher.end() == std::nullopt);
}

TEST_CASE("reboot refuses a guest that is paused") {
  VmHost vm;
  vm.add_win10(VmState::paused);
  const LauncherDouble launcher{vm};
  CHECK(vm.run({"reboot", "win10"}) ==
        Run{4, "", "xenlaunch: error: cannot reboot win10: it is paused\n"});
}

TEST_CASE("who holds a VM's lock without being its launcher is told of, and not signalled") {
  VmHost vm;
  vm.add_win10();
  // This process: were it signalled, the test would end.
  const FileDescriptor lock = hold_lock_of_win10(vm);
  const std::string holder =
      "process " + std::to_string(::getpid()) + ", which does not say what it is,";
  CHECK(vm.run({"destroy", "win10"}) ==
        Run{4, "", "xenlaunch: error: cannot destroy win10: " + holder + " holds it\n"});
  CHECK(vm.run({"stop", "win10"}).status == 4);
  CHECK(vm.run({"status", "win10"})
            .out.find("problem   its lock is held by " + holder + " not by a launcher\n") !=
        std::string::npos);
  CHECK(vm.journal.lines.empty());
  CHECK(vm.folder("win10").exists());
}

TEST_CASE("destroy has the launcher take the VM down at once") {
  RunningVm vm;
  CHECK(vm.run({"destroy", "win10"}) == Run{0, "", "xenlaunch: win10: destroyed\n"});
  CHECK(vm.launcher.end() == End::told_to);
  CHECK(vm.journal.lines.empty());
}

TEST_CASE("destroy itself gives back what a launcher that is gone has left") {
  VmHost vm;
  vm.add_win10();
  CHECK(vm.run({"destroy", "win10"}) ==
        Run{0, "",
            "xenlaunch: win10: everything that its launcher had left was given back\n"
            "xenlaunch: win10: destroyed\n"});
  CHECK(vm.journal.lines == Lines{"destroy 7", "remove /xenlaunch/driver"});
  CHECK_FALSE(vm.folder("win10").exists());
}

TEST_CASE("destroy goes on past what cannot be given back, and keeps it for another try") {
  VmHost vm;
  vm.add_win10();
  vm.journal.fail_on = "destroy 7";
  const Run run = vm.run({"destroy", "win10"});
  CHECK(run.status == 8);
  CHECK(run.err.find("cannot give back everything that an earlier launcher of win10 had taken:") !=
        std::string::npos);
  CHECK(run.err.find("could not destroy the domain: injected failure") != std::string::npos);
  CHECK(vm.journal.lines == Lines{"destroy 7", "remove /xenlaunch/driver"});
  CHECK(vm.folder("win10").exists());
}

TEST_CASE("unpause lets a paused guest run, and refuses one that does") {
  VmHost vm;
  vm.add_win10(VmState::paused);
  const LauncherDouble launcher{vm};
  CHECK(vm.run({"unpause", "win10"}) == Run{0, "", "xenlaunch: win10: runs\n"});
  CHECK(vm.journal.lines == Lines{"unpause 7"});
  vm.xen.domains.at(7).paused = false;
  CHECK(vm.run({"unpause", "win10"}) ==
        Run{4, "", "xenlaunch: error: cannot unpause win10: it is running\n"});
  CHECK(vm.journal.lines == Lines{"unpause 7"});
}

}  // namespace
}  // namespace xenlaunch::test
