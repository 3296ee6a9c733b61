// What becomes of a device that a guest has had: only one that was reset goes back to dom0.
#include <algorithm>
#include <set>

#include "tests/unit/print.h"
#include "tests/unit/run/pci_host.h"
#include "tests/unit/run/two_devices.h"

namespace xenlaunch::test {
namespace {

const std::string gpu = "0000:00:02.0";
const std::string cannot_be_reset =
    "warning: 0000:00:02.0 cannot be reset (the kernel knows no method for it): what the guest "
    "left in it stays until the host is switched off";

std::string stays(const std::string& device) {
  return "warning: " + device +
         ": the guest of vm had it, and it was not reset since, so it stays with pciback, where "
         "VMs can have it; `xenlaunch pci restore --force " +
         device +
         "` gives it to its driver as it is, and with `return_without_reset: driver` in "
         "/etc/xenlaunch/host.yaml every end of a VM does";
}

LaunchPlan with_gpu() {
  VmConfig vm = vm_with({igd()});
  vm.uuid = uuid;
  return plan_of(vm, {igd()});
}

std::ptrdiff_t times(const World& world, const std::string& line) {
  return std::ranges::count(world.journal.lines, line);
}

/// What was done to the device itself from its guest's end on.
Lines end_of_gpu(const World& world) {
  Lines lines;
  for (auto line = std::ranges::find(world.journal.lines, "deassign 0000:00:02.0 from 7");
       line != world.journal.lines.end(); ++line)
    if (line->find("0000:00:02.0") != std::string::npos ||
        line->find("0000-00-02-0") != std::string::npos)
      lines.push_back(*line);
  return lines;
}

void check_stays(const World& world) {
  CHECK(world.pci.bound == std::set<PciAddress>{igd().address});
  CHECK(times(world, "release " + gpu + " to dom0") == 0);
  CHECK(world.store.nodes.at(mark_of("02")) == "vm");
  CHECK(world.store.nodes.at("/libxl/pci/0000-00-02-0/driver_path") == "/sys/bus/pci/drivers/i915");
  CHECK_FALSE(world.store.nodes.contains("/libxl/pci/0000-00-02-0/domid"));
}

TEST_CASE("a device that cannot be reset stays with pciback and in quarantine, which is no error") {
  World world;
  world.pci.reset_result = ResetResult::no_method;
  world.guest_ends(ShutdownReason::poweroff);
  const LaunchResult result = world.launch(with_gpu());
  CHECK(result.code == ExitCode::done);
  CHECK(result.not_undone == "");
  CHECK(world.progress.messages ==
        Lines{"domain 7 runs", "the guest powered off", cannot_be_reset, stays(gpu)});
  CHECK(end_of_gpu(world) ==
        Lines{"deassign 0000:00:02.0 from 7", "reset 0000:00:02.0",
              "remove /libxl/pci/0000-00-02-0/domid", "switch rom off 0000:00:02.0",
              "drop the override of 0000:00:02.0", "quarantine 0000:00:02.0",
              "write /libxl/pci/0000-00-02-0/driver_path = /sys/bus/pci/drivers/i915",
              "unlock pci-0000:00:02.0"});
  check_stays(world);
  CHECK(world.launcher_journal.content.entries.empty());
  const ProgressEvent kept{.event = "device", .name = "kept", .device = gpu};
  CHECK(std::ranges::count_if(world.progress.events, [&](const ProgressEvent& event) {
          return event.event == kept.event && event.name == kept.name && event.device == gpu;
        }) == 1);
}

TEST_CASE("it leaves quarantine only once it was reset") {
  World world;
  world.guest_ends(ShutdownReason::poweroff);
  world.launch(with_gpu());
  CHECK(end_of_gpu(world) ==
        Lines{"deassign 0000:00:02.0 from 7", "reset 0000:00:02.0", "remove " + mark_of("02"),
              "remove /libxl/pci/0000-00-02-0/domid", "switch rom off 0000:00:02.0",
              "remove /libxl/pci/0000-00-02-0", "release 0000:00:02.0 to dom0",
              "restore 0000:00:02.0 to i915", "unlock pci-0000:00:02.0"});
}

TEST_CASE("a reset of which the kernel says that it failed is none") {
  World world;
  world.journal.fail_on = "reset " + gpu;
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(with_gpu()).not_undone == "");
  CHECK(times(world, "reset " + gpu) == 1);
  check_stays(world);
}

TEST_CASE("with return_without_reset: driver it goes back as it is, and that is a warning") {
  World world;
  world.settings.return_without_reset = WithoutReset::driver;
  world.pci.reset_result = ResetResult::no_method;
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(with_gpu()).not_undone == "");
  CHECK(world.progress.messages ==
        Lines{"domain 7 runs", "the guest powered off", cannot_be_reset});
  CHECK(times(world, "restore 0000:00:02.0 to i915") == 1);
  world.store.nodes.erase("/local/domain/0/device-model/7/state");  // the test's own
  CHECK(world.store.nodes.empty());
}

TEST_CASE("a device that does not answer after its guest is told as not given back") {
  for (const WithoutReset without_reset : {WithoutReset::pciback, WithoutReset::driver}) {
    World world;
    world.settings.return_without_reset = without_reset;
    world.pci.reset_result = ResetResult::no_answer;
    world.events.script.push_back([&world] {
      world.pci.functions.at(igd().address).answers = false;
      world.xen.domains.at(7).shutdown = ShutdownReason::poweroff;
      return Event::store_changed;
    });
    CHECK(world.launch(with_gpu()).not_undone ==
          std::string{"\ncould not give 0000:00:02.0 back to i915: "} + does_not_answer +
              "; until then it stays with pciback");
    check_stays(world);

    // Once it answers again, `recover` resets it and gives back all of it.
    const JournalContent left = world.launcher_journal.content;
    world.pci.functions.at(igd().address).answers = true;
    world.pci.reset_result = ResetResult::done;
    CHECK(world.undo(with_gpu(), left) == "");
    CHECK(times(world, "release " + gpu + " to dom0") == 1);
    CHECK(times(world, "restore 0000:00:02.0 to i915") == 1);
    world.store.nodes.erase("/local/domain/0/device-model/7/state");
    CHECK(world.store.nodes.empty());
  }
}

TEST_CASE("a device that no guest has had yet goes back, whether it can be reset or not") {
  World world;
  world.pci.reset_result = ResetResult::no_method;
  world.journal.fail_on = "assign " + gpu + " to 7";
  CHECK(error_of([&] { world.launch(with_gpu()); }) ==
        "5: injected failure (in the step: assign 0000:00:02.0 to the domain)");
  CHECK(times(world, "reset " + gpu) == 0);
  CHECK(times(world, "restore 0000:00:02.0 to i915") == 1);
  CHECK(world.store.nodes.empty());
}

TEST_CASE("wherever a launcher is killed, a device that a guest may have had does not go unreset") {
  for (std::size_t writes = 0;; ++writes) {
    CAPTURE(writes);
    World world;
    world.pci.reset_result = ResetResult::no_method;
    world.guest_ends(ShutdownReason::poweroff);
    world.launcher_journal.kill_at = writes;
    bool was_killed = false;
    try {
      world.launch(with_gpu());
    } catch (const Killed&) {
      was_killed = true;
    }
    if (!was_killed) break;
    world.launcher_journal.kill_at.reset();
    world.launcher_journal.content.header = {.vm = "vm", .uuid = uuid};
    const bool had_it = times(world, "assign " + gpu + " to 7") > 0;
    CHECK(world.undo(with_gpu(), world.launcher_journal.content) == "");
    if (had_it) {
      check_stays(world);
    } else {
      // At the step's own beginning nobody knows whether it was done.
      const bool is_marked = world.store.nodes.contains(mark_of("02"));
      CHECK(world.pci.bound.empty() != is_marked);
    }
  }
}

TEST_CASE("over a restart a device without a reset stays the guest's") {
  World world;
  world.pci.reset_result = ResetResult::no_method;
  world.guest_ends(ShutdownReason::reboot);
  world.events.script.push_back([&world] {
    world.store.nodes["/local/domain/0/backend/pci/7/0/state"] = "6";
    return Event::store_changed;
  });
  world.events.script.push_back([&world] {
    world.store.nodes["/local/domain/0/device-model/8/state"] = "running";
    return Event::store_changed;
  });
  world.events.script.push_back([&world] {
    world.xen.domains.at(8).shutdown = ShutdownReason::poweroff;
    return Event::store_changed;
  });
  CHECK(world.launch(with_gpu()).not_undone == "");
  CHECK(times(world, "assign " + gpu + " to 8") == 1);
  CHECK(std::ranges::count(world.progress.messages, stays(gpu)) == 1);
  check_stays(world);
}

/// A host on which the guest of "before" had the GPU, which pciback has since.
void leave_unreset(World& world, PciFunction& function) {
  function.driver = "pciback";
  world.store.nodes[mark_of("02")] = "before";
}

TEST_CASE("a start with a device that was left unreset tries to reset it first") {
  for (const ResetResult result : {ResetResult::done, ResetResult::no_method}) {
    World world;
    PciFunction left = igd();
    leave_unreset(world, left);
    world.pci.functions.emplace(left.address, left);
    world.pci.on_pciback = {left.address};
    world.pci.reset_result = result;
    world.guest_ends(ShutdownReason::poweroff);
    VmConfig vm = vm_with({igd()});
    vm.uuid = uuid;
    CHECK(world.launch(plan_of(vm, {left})).not_undone == "");
    CHECK(times(world, "reset " + gpu) == 2);
    CHECK(times(world, "restore 0000:00:02.0 to i915") == 0);
    CHECK(world.store.nodes.contains(mark_of("02")) == (result != ResetResult::done));
    if (result != ResetResult::done) CHECK(world.store.nodes.at(mark_of("02")) == "vm");
  }
}

TEST_CASE("strict_reset refuses a device that was left unreset") {
  World world;
  PciFunction left = igd();
  leave_unreset(world, left);
  world.pci.functions.emplace(left.address, left);
  world.pci.reset_result = ResetResult::no_method;
  VmConfig vm = vm_with({igd()});
  vm.pci.front().strict_reset = true;
  const std::string error = error_of([&] { world.launch(plan_of(vm, {left})); });
  CHECK(
      error.starts_with("4: cannot pass 0000:00:02.0: the guest of before had it, and it was not "
                        "reset since"));
}

TEST_CASE("what was noted of a device that a driver of dom0 has by now holds no longer") {
  World world;
  world.store.nodes[mark_of("02")] = "before";
  world.pci.reset_result = ResetResult::no_method;
  world.journal.fail_on = "create domain " + uuid;
  CHECK(error_of([&] { world.launch(with_gpu()); }).starts_with("5: injected failure"));
  CHECK(times(world, "restore 0000:00:02.0 to i915") == 1);
  CHECK(world.store.nodes.empty());
}

TEST_CASE("the reset that the VM file names is the kernel's choice for the VM's life alone") {
  PciFunction function = igd();
  function.reset_methods = {"flr", "pm", "bus"};
  VmConfig vm = vm_with({function});
  vm.uuid = uuid;
  vm.pci.front().reset = "bus";
  World world;
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(plan_of(vm, {function})).not_undone == "");
  const auto at = [&](const std::string& line) {
    REQUIRE(times(world, line) == 1);
    return std::ranges::find(world.journal.lines, line) - world.journal.lines.begin();
  };
  CHECK(at("let " + gpu + " be reset by bus") < at("assign " + gpu + " to 7"));
  CHECK(at("reset " + gpu) < at("let " + gpu + " be reset by flr pm bus"));
  CHECK(at("let " + gpu + " be reset by flr pm bus") < at("restore 0000:00:02.0 to i915"));
}

const std::string sound_mark = mark_of("03");

TEST_CASE("pci restore resets a device that a guest has had, and then gives it back") {
  Host host{"pciback"};
  host.on_record(driver_path);
  host.store.nodes[sound_mark] = "vm";
  CHECK(host.restore() == DriverChange{"pciback", "snd_hda_intel"});
  CHECK(host.store.nodes.empty());
  CHECK(host.journal.lines[1] == "reset 0000:00:03.0");
}

TEST_CASE("pci restore refuses a device that cannot be reset after a guest, unless it is forced") {
  Host host{"pciback"};
  host.pci.reset_result = ResetResult::no_method;
  host.on_record(driver_path);
  host.store.nodes[sound_mark] = "vm";
  const std::string refusal = error_of([&] { host.restore(); });
  CHECK(
      refusal.starts_with("4: cannot restore 0000:00:03.0 to its driver: the guest of vm had it, "
                          "and it was not reset since"));
  CHECK(refusal.find("pci restore --force 0000:00:03.0") != std::string::npos);
  CHECK(host.journal.lines ==
        Lines{"lock pci-0000:00:03.0", "reset 0000:00:03.0", "unlock pci-0000:00:03.0"});
  CHECK(host.store.nodes.contains(sound_mark));
  CHECK_FALSE(host.has_journal());

  host.without_reset = WithoutReset::driver;
  CHECK(host.restore() == DriverChange{"pciback", "snd_hda_intel"});
  CHECK(host.store.nodes.empty());
  CHECK(host.progress.messages.size() == 2);  // twice that it cannot be reset
}

TEST_CASE("a forced pci restore that was killed is finished by recover, and not decided anew") {
  for (std::size_t call = 2; call < 6; ++call) {
    CAPTURE(call);
    Host host{"pciback"};
    host.pci.reset_result = ResetResult::no_method;
    host.on_record(driver_path);
    host.store.nodes[sound_mark] = "vm";
    host.without_reset = WithoutReset::driver;
    host.killed_at(call, [&] { host.restore(); });
    host.without_reset = WithoutReset::pciback;
    host.recover();
    const bool is_decided = call > 2;  // the mark is gone
    CHECK(host.store.nodes.empty() == is_decided);
    CHECK(host.store.nodes.contains(sound_mark) != is_decided);
    CHECK_FALSE(host.has_journal());
  }
}

}  // namespace
}  // namespace xenlaunch::test
