#include "tests/fakes/world.h"
#include "tests/unit/print.h"
#include "tests/unit/run/two_devices.h"

namespace xenlaunch::test {
namespace {

constexpr std::size_t first_of_domain = 6;  ///< of changes_of(): what comes before is held

/// The guest of the domain before `domid` reboots, pciback answers, and QEMU of `domid` gets ready.
void reboots(World& world, Domid domid) {
  world.events.script.push_back([&world, domid] {
    world.xen.domains.at(domid - 1).shutdown = ShutdownReason::reboot;
    return Event::store_changed;
  });
  world.events.script.push_back([&world, domid] {
    world.store.nodes["/local/domain/0/backend/pci/" + std::to_string(domid - 1) + "/0/state"] =
        "6";
    return Event::store_changed;
  });
  world.events.script.push_back([&world, domid] {
    world.store.nodes["/local/domain/0/device-model/" + std::to_string(domid) + "/state"] =
        "running";
    return Event::store_changed;
  });
}

TEST_CASE("a guest that reboots gets a new domain, and keeps its devices meanwhile") {
  World world;
  reboots(world, 8);
  world.events.script.push_back([&world] {
    world.xen.domains.at(8).shutdown = ShutdownReason::poweroff;
    return Event::store_changed;
  });
  const LaunchResult result = world.launch(two_devices());
  const std::vector<Change> before = changes_of(7);
  const std::vector<Change> after = changes_of(8);
  Lines expected;
  for (const Change& change : before) expected.push_back(change.done);
  for (std::size_t i = before.size(); i-- > first_of_domain;)
    expected.insert(expected.end(), before[i].undone.begin(), before[i].undone.end());
  expected.push_back("un" + watch_qemu(7));
  for (std::size_t i = first_of_domain; i < after.size(); ++i)
    if (after[i].done != watch_ends) expected.push_back(after[i].done);
  expected.push_back("un" + watch_ends);
  for (std::size_t i = after.size(); i-- > 0;)
    expected.insert(expected.end(), after[i].undone.begin(), after[i].undone.end());
  expected.insert(expected.end(),
                  {"un" + watch_qemu(8), "unlock pci-0000:00:02.0", "unlock pci-0000:00:03.0"});
  CHECK(world.journal.lines == expected);
  CHECK(result.end == Verdict::powered_off);
  CHECK(result.not_undone == "");
  CHECK(world.progress.messages == Lines{"domain 7 runs", "the guest asked for a reboot",
                                         "starting vm again", "domain 8 runs",
                                         "the guest powered off"});
}

TEST_CASE("a guest that reboots too often is not started again, and that is a crash") {
  LaunchPlan plan = two_devices();
  plan.vm.restart_limit.restarts = 0;
  World world;
  world.guest_ends(ShutdownReason::reboot);
  const LaunchResult result = world.launch(plan);
  CHECK(result.code == ExitCode::guest_crashed);
  CHECK(world.progress.messages.back() ==
        "warning: vm is not started again: it ended 1 times within " +
            std::to_string(plan.vm.restart_limit.within.count()) +
            " s, the last time so: the guest asked for a reboot");
}

TEST_CASE("a guest whose domain cannot be taken down is not started again") {
  World world;
  world.guest_ends(ShutdownReason::reboot);
  world.journal.fail_on = "destroy 7";
  const LaunchResult result = world.launch(two_devices());
  CHECK(result.code == ExitCode::guest_crashed);
  CHECK(result.not_undone == "\ncould not destroy the domain: injected failure");
  CHECK(world.xen.next_domid == 8);
}

TEST_CASE("a guest whose end somebody has asked for is not started again") {
  World world;
  world.settings.stop_requested = [] { return true; };
  world.guest_ends(ShutdownReason::reboot);
  CHECK(world.launch(two_devices()).end == Verdict::rebooted);
  CHECK(world.xen.next_domid == 8);
}

TEST_CASE("what QEMU tells is a warning") {
  World world;
  world.events.script.push_back([&world] {
    world.qemu.told = {"the disk fails"};
    return Event::device_model_spoke;
  });
  world.guest_ends(ShutdownReason::poweroff);
  world.launch(two_devices());
  CHECK(world.progress.messages ==
        Lines{"domain 7 runs", "warning: QEMU: the disk fails", "the guest powered off"});
}

TEST_CASE("a domain that is to be kept stays until SIGTERM, or until another tool destroys it") {
  for (const bool by_signal : {true, false}) {
    CAPTURE(by_signal);
    LaunchPlan plan = two_devices();
    plan.vm.on_poweroff = OnEvent::preserve;
    World world;
    world.guest_ends(ShutdownReason::poweroff);
    std::size_t done_before = 0;
    world.events.script.push_back([&] {
      done_before = world.journal.lines.size();
      if (by_signal)
        world.events.stopped_by = 15;
      else
        world.xen.domains.erase(7);
      return by_signal ? Event::stop_requested : Event::store_changed;
    });
    CHECK(world.launch(plan).end == Verdict::powered_off);
    CHECK(world.journal.lines.at(done_before - 1) == "watch @releaseDomain");
    CHECK(world.launcher_journal.states == std::vector<VmState>{VmState::starting, VmState::running,
                                                                VmState::preserved,
                                                                VmState::ending});
    CHECK(world.progress.messages ==
          Lines{"domain 7 runs", "the guest powered off",
                "domain 7 is kept as it is; `xenlaunch destroy vm` ends it"});
  }
}

TEST_CASE("a built domain that runs already, or is gone, is not attached to") {
  for (const bool gone : {true, false}) {
    CAPTURE(gone);
    const LaunchPlan plan = two_devices({.attach = true});
    World world;
    if (!gone) world.xen.domains[5] = {.domid = 5, .paused = false, .uuid = uuid};
    const JournalHeader header{.vm = "vm", .uuid = uuid, .owns_domain = false};
    CHECK(error_of([&] { world.launcher(plan, header, 5).run(); }) ==
          std::string{"5: cannot attach to domain 5: "} +
              (gone ? "it is gone"
                    : "it runs already, and would look for its devices before they are there; "
                      "build it and leave it paused (xl create -p)") +
              " (in the step: take the domain as it was built)");
    CHECK(world.xen.next_domid == 7);
    CHECK(world.xen.domains.contains(5) == !gone);
  }
}

}  // namespace
}  // namespace xenlaunch::test
