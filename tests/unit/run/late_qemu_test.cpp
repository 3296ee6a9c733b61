// What a QEMU that is a user of its own is waited for, beside its node in xenstore.
#include "tests/fakes/world.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/run/two_devices.h"

namespace xenlaunch::test {
namespace {

const std::string state = "/local/domain/0/device-model/7/state";
const std::string disk_state = "/local/domain/0/backend/qdisk/7/768/state";

LaunchPlan restricted_plan() {
  VmConfig vm = vm_with({});
  vm.uuid = uuid;
  LaunchPlan plan = plan_of(vm, {});
  plan.device_model.restricted = true;
  return plan;
}

TEST_CASE("a restricted QEMU is ready when it answers, and we say so for the other tools") {
  World world;
  world.qemu.silent = 2;
  world.events.script = {[] { return Event::none; },
                         [&world] {
                           CHECK_FALSE(world.store.nodes.contains(state));
                           return Event::device_model_spoke;
                         }};
  world.guest_ends(ShutdownReason::poweroff);
  std::string told;
  world.journal.reactions["unpause 7"] = [&] { told = world.store.nodes[state]; };
  CHECK(world.launch(restricted_plan()).not_undone == "");
  CHECK(told == "running");
  CHECK(world.qemu.silent == 0);
}

TEST_CASE("a restricted QEMU that never answers, or ends, fails the start") {
  World world;
  world.qemu.silent = 1000;
  world.qemu.words = "waiting";
  world.settings.ready_timeout = {};
  CHECK(error_of([&] { world.launch(restricted_plan()); }) ==
        "7: cannot start QEMU: it was not ready within 0 s, and last said: waiting (in the step: "
        "wait until QEMU is ready)");
  World ending;
  ending.qemu.silent = 1;
  ending.qemu.end = ProcessEnd{.by_signal = false, .number = 1};
  ending.events.script = {[] { return Event::device_model_ended; }};
  CHECK(
      error_of([&] { ending.launch(restricted_plan()); }) ==
      "7: cannot start QEMU: it exited with status 1 before it was ready; it said nothing (in the "
      "step: wait until QEMU is ready)");
}

TEST_CASE("QEMU is put into a control group, and a start that cannot do it goes on or says why") {
  const Error problem{ExitCode::device_model, "cannot put QEMU into the control group /g: no"};
  LaunchPlan plan = restricted_plan();
  World world;
  world.qemu.group_problem = problem;
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(plan).not_undone == "");
  CHECK(world.qemu.asked_group == ControlGroupRequest{.domid = 7, .vm = plan.vm.name});
  CHECK(world.progress.messages.front() ==
        "warning: cannot put QEMU into the control group /g: no");
  CHECK(world.qemu.ended_groups == control_groups_of("7"));

  plan.vm.device_model.limits = ResourceLimits{.tasks = 64};
  World limited;
  limited.qemu.group_problem = problem;
  CHECK(error_of([&] { limited.launch(plan); }) ==
        "7: cannot put QEMU into the control group /g: no (in the step: let QEMU go on)");
  CHECK(limited.qemu.asked_group ==
        ControlGroupRequest{.domid = 7, .vm = plan.vm.name, .limits = {.tasks = 64}});

  plan.no_group.because = "there are none";
  World lacking;
  CHECK(error_of([&] { lacking.launch(plan); })
            .starts_with("7: cannot limit what QEMU takes: there is no control group for it, "
                         "because there are none"));
  plan.vm.device_model.limits.reset();
  World without;
  without.guest_ends(ShutdownReason::poweroff);
  without.launch(plan);
  CHECK(without.qemu.asked_group == std::nullopt);
}

TEST_CASE("a broker that ends before QEMU is ready fails the start") {
  World world;
  world.qemu.silent = 1000;
  world.qemu.words = "cannot open /dev/xen/privcmd";
  world.qemu.companion_end = "what asks Xen for its passed devices exited with status 5";
  world.events.script = {[] { return Event::device_model_spoke; }};
  CHECK(error_of([&] { world.launch(restricted_plan()); }) ==
        "7: cannot start QEMU: what asks Xen for its passed devices exited with status 5, and last "
        "said: cannot open /dev/xen/privcmd (in the step: wait until QEMU is ready)");
}

/// A guest with one disk, whose image QEMU gets as a descriptor.
struct Handed : World {
  testing::TemporaryTree tree;
  LaunchPlan plan;
  Handed() {
    tree.write("image", "x");
    VmConfig vm = vm_with({});
    vm.uuid = uuid;
    vm.disks = {{.image = tree.path("image"), .target = "hda"}};
    plan = plan_of(vm, {});
    plan.disks.front().handed = 0;
  }
};

TEST_CASE("the guest does not run before QEMU has taken up the images that it was given") {
  Handed world;
  bool was_asked = false;
  world.guest_ends(ShutdownReason::poweroff);
  world.events.script.push_front([&] {
    was_asked = world.store.nodes[disk_state] == "1";
    world.store.nodes[disk_state] = "2";
    return Event::store_changed;
  });
  CHECK(world.launch(world.plan).not_undone == "");
  CHECK(was_asked);
}

TEST_CASE("an image that QEMU does not take up is named, with what it said") {
  Handed world;
  world.qemu.words = "Could not open it";
  CHECK(error_of([&] { world.launch(world.plan); }) ==
        "7: cannot give the guest hda: QEMU does not open " + world.tree.path("image") +
            ", and last said: Could not open it (in the step: wait until QEMU is ready)");
}

TEST_CASE(
    "what serves the disks starts beside QEMU, and after it where both could repair an image") {
  const auto goes_on_before = [](DiskFormat format) {
    Handed world;
    world.plan.device_model.restricted = true;
    world.plan.device_model.disk_server = DiskServer::root;
    PlannedDisk& disk = world.plan.disks.front();
    disk.handed.reset();
    disk.config.format = format;
    world.guest_ends(ShutdownReason::poweroff);
    world.events.script.push_front([&] {
      world.store.nodes[disk_state] = "2";
      return Event::store_changed;
    });
    CHECK(world.launch(world.plan).not_undone == "");
    const Lines& lines = world.journal.lines;
    const auto place_of = [&](const std::string& line) { return std::ranges::find(lines, line); };
    const auto disks = place_of("let go at /var/run/xen/hold-xenlaunch-7-disks");
    CHECK(place_of("let go at /var/run/xen/hold-xenlaunch-7") < disks);
    CHECK(disks < place_of("unpause 7"));
    return disks < place_of("build 7");
  };
  CHECK(goes_on_before(DiskFormat::raw));
  CHECK_FALSE(goes_on_before(DiskFormat::qcow2));
}

}  // namespace
}  // namespace xenlaunch::test
