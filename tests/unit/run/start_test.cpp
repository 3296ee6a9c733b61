#include <csignal>

#include "tests/fakes/world.h"
#include "tests/unit/print.h"
#include "tests/unit/run/two_devices.h"

namespace xenlaunch::test {
namespace {

const std::vector<Change> changes = changes_of(FakeHypervisor::new_domid);

/// The first `count` calls of a start, then `failed`, which was tried; the launch stops watching,
/// and what it has done is `taken_back`; then it lets go of what is its own.
Lines journal_of(std::size_t count, const Lines& failed, const Lines& taken_back) {
  Lines lines;
  for (std::size_t i = 0; i < count; ++i) lines.push_back(changes[i].done);
  const Lines done = lines;
  lines.insert(lines.end(), failed.begin(), failed.end());
  if (count == changes.size()) lines.push_back("un" + watch_ends);
  lines.insert(lines.end(), taken_back.begin(), taken_back.end());
  if (std::find(done.begin(), done.end(), watch_qemu(7)) != done.end())
    lines.push_back("un" + watch_qemu(7));
  for (const std::string& line : done)
    if (line.starts_with("lock ")) lines.push_back("un" + line);
  return lines;
}

/// The same where all that was done was taken back, newest first.
Lines journal_of(std::size_t count, const Lines& failed = {}) {
  Lines taken_back;
  for (std::size_t i = count; i-- > 0;)
    taken_back.insert(taken_back.end(), changes[i].undone.begin(), changes[i].undone.end());
  return journal_of(count, failed, taken_back);
}

/// The call number `k`, which fails.
Lines failed_at(std::size_t k) {
  Lines lines{changes[k].done};
  lines.insert(lines.end(), changes[k].when_failed.begin(), changes[k].when_failed.end());
  return lines;
}

TEST_CASE("a guest's whole life: every change is taken back, newest first, and no node remains") {
  World world;
  world.guest_ends(ShutdownReason::poweroff);
  const LaunchResult result = world.launch(two_devices());
  CHECK(world.journal.lines == journal_of(changes.size()));
  CHECK(result.end == Verdict::powered_off);
  CHECK(result.message == "the guest powered off");
  CHECK(result.not_undone == "");
  CHECK(world.launcher_journal.content.entries.empty());
  CHECK(world.launcher_journal.states ==
        std::vector<VmState>{VmState::starting, VmState::running, VmState::ending});
  CHECK(world.progress.messages == Lines{"domain 7 runs", "the guest powered off"});
  CHECK(world.store.watches.empty());
  world.store.nodes.erase("/local/domain/0/device-model/7/state");  // the test's own
  CHECK(world.store.nodes.empty());
}

TEST_CASE("whichever call of a start fails, exactly what was done before it is taken back") {
  for (std::size_t k = 0; k < changes.size(); ++k) {
    CAPTURE(changes[k].done);
    World world;
    world.journal.fail_at = k;
    const std::string error = error_of([&] { world.launch(two_devices()); });
    CHECK(world.journal.lines == journal_of(k, failed_at(k)));
    const bool in_a_step = !changes[k].done.starts_with("lock ") && changes[k].done != watch_ends;
    const std::string step = in_a_step ? " (in the step: " + world.journal.failed_step + ")" : "";
    CHECK(error == "5: injected failure" + step);
    CHECK(world.store.watches.empty());
    world.store.nodes.erase("/local/domain/0/device-model/7/state");
    CHECK(world.store.nodes.empty());
  }
}

TEST_CASE("a device that did not survive pciback's reset stays there, and no guest has it") {
  World world;
  world.pci.functions.emplace(igd().address, igd()).first->second.answers = false;
  CHECK(
      error_of([&] { world.launch(two_devices()); }) ==
      std::string{"8: cannot pass 0000:00:02.0: "} + does_not_answer +
          " (in the step: assign 0000:00:02.0 to the domain)\ncould not give 0000:00:02.0 back to "
          "i915: " +
          does_not_answer + "; until then it stays with pciback");
  CHECK(std::count(world.journal.lines.begin(), world.journal.lines.end(),
                   "assign 0000:00:02.0 to 7") == 0);
  REQUIRE(world.launcher_journal.content.entries.size() == 1);  // for `xenlaunch recover`
  CHECK(world.launcher_journal.content.entries.begin()->second.undo.kind ==
        UndoKind::restore_device);
}

TEST_CASE(
    "a device that dom0 came to need after the checks is not taken, and those before it go back") {
  World world;
  world.settings.judge = [](const PciFunction& function) {
    if (function.address == sound().address) throw Error{ExitCode::host, "dom0 needs it"};
  };
  CHECK(error_of([&] { world.launch(two_devices()); }) == "4: dom0 needs it");
  CHECK(world.journal.lines == journal_of(4));
  World on_pciback;
  PciFunction taken = sound();
  taken.driver = "pciback";
  on_pciback.settings.judge = world.settings.judge;
  on_pciback.pci.functions.emplace(taken.address, taken);
  on_pciback.guest_ends(ShutdownReason::poweroff);
  CHECK(on_pciback.launch(two_devices()).end == Verdict::powered_off);
}

TEST_CASE("a bug within a start is no reason to leave the host changed") {
  for (std::size_t k = 0; k < changes.size(); ++k) {
    CAPTURE(changes[k].done);
    World world;
    world.journal.fail_at = k;
    world.journal.fail_as_bug = true;
    CHECK_THROWS_WITH_AS(world.launch(two_devices()), "injected failure", std::runtime_error);
    CHECK(world.journal.lines == journal_of(k, failed_at(k)));
  }
}

/// What goes wrong when the call number `position` of a change's undos fails: nothing but the rest
/// of that undo.
Lines journal_with_failed_undo(const Change& change, std::size_t position) {
  Lines taken_back;
  for (auto each = changes.rbegin(); each != changes.rend(); ++each)
    for (std::size_t i = 0; i < each->undone.size(); ++i) {
      const bool same_undo = (i < each->first_undo) == (position < each->first_undo);
      if (&*each != &change || i <= position || !same_undo) taken_back.push_back(each->undone[i]);
    }
  return journal_of(changes.size(), {}, taken_back);
}

TEST_CASE("an undo that fails after the guest's end is told, and all the others still run") {
  for (const Change& change : changes) {
    for (std::size_t i = 0; i < change.undone.size(); ++i) {
      CAPTURE(change.undone[i]);
      // Of these the other undos make up for it: unreset_device_test.cpp.
      if (change.undone[i].starts_with("reset") || change.undone[i].starts_with("deassign"))
        continue;
      // A watch that stays ends with the connection.
      if (change.undone[i].starts_with("unwatch")) continue;
      World world;
      world.guest_ends(ShutdownReason::poweroff);
      world.journal.fail_on = change.undone[i];
      const LaunchResult result = world.launch(two_devices());
      CHECK(world.journal.lines == journal_with_failed_undo(change, i));
      CHECK(result.end == Verdict::powered_off);
      CHECK(result.message == "the guest powered off");
      std::string not_undone = "\ncould not " + world.journal.failed_step + ": injected failure";
      // A QEMU that cannot be ended is tried again where it was started.
      const bool is_qemu = change.undone[i].starts_with("kill QEMU");
      if (is_qemu)
        not_undone =
            "\ncould not end QEMU and wait until it is gone: injected failure"
            "\ncould not end QEMU if it is still held: injected failure";
      CHECK(result.not_undone == not_undone);
      // For `xenlaunch recover`.
      CHECK(world.launcher_journal.content.entries.size() == (is_qemu ? 2 : 1));
    }
  }
}

TEST_CASE("a start that fails and cannot be taken back says both") {
  World world;
  world.journal.fail_at = 8;
  world.journal.fail_on = "restore 0000:00:02.0 to i915";
  CHECK(error_of([&] { world.launch(two_devices()); }) ==
        "8: injected failure (in the step: start QEMU and hold it, with no ROM "
        "among the GPU's resources)\n"
        "could not give 0000:00:02.0 back to i915: injected failure");
  CHECK(world.journal.lines == journal_of(8, {start_of_qemu(7)}));
}

TEST_CASE("a request to stop before any step ends the start there, with everything given back") {
  const std::size_t locks = 3;  // the plan's, which nobody waits for
  const std::size_t steps = two_devices().steps.size() - locks;
  for (std::size_t k = 0; k < steps; ++k) {
    CAPTURE(two_devices().steps[k + locks].action);
    World world;
    world.events.stop_at_question = k;
    CHECK(error_of([&] { world.launch(two_devices()); }) ==
          "130: cannot start vm: stopped by SIGTERM before the guest ran");
    CHECK(world.launcher_journal.content.entries.empty());
    CHECK(world.journal.lines.back() == "unlock pci-0000:00:03.0");
    CHECK(world.xen.domains.size() == 1);
    CHECK(std::count(world.journal.lines.begin(), world.journal.lines.end(), "unpause 7") == 0);
  }
}

TEST_CASE("a request to stop while QEMU gets ready ends the start") {
  World world;
  world.events.script = {[] { return Event::stop_requested; }};
  CHECK(error_of([&] { world.launch(two_devices()); }) ==
        "130: cannot start vm: asked to stop before the guest ran (in the step: wait until QEMU is "
        "ready)");
  CHECK(world.journal.lines == journal_of(24));
}

TEST_CASE("a QEMU that ends before it is ready is quoted") {
  World world;
  world.qemu.end = ProcessEnd{.by_signal = false, .number = 1};
  world.qemu.words = "qemu: no such device";
  world.events.script = {[] { return Event::device_model_ended; }};
  CHECK(error_of([&] { world.launch(two_devices()); }) ==
        "7: cannot start QEMU: it exited with status 1 before it was ready: qemu: no such device "
        "(in the step: wait until QEMU is ready)");
  CHECK(world.journal.lines == journal_of(24));
}

TEST_CASE("a QEMU that says nothing before it ends is said to") {
  World world;
  world.qemu.end = ProcessEnd{.by_signal = true, .number = SIGSEGV};
  world.events.script = {[] { return Event::device_model_ended; }};
  CHECK(error_of([&] { world.launch(two_devices()); }) ==
        "7: cannot start QEMU: it was killed by signal 11 (Segmentation fault) before it was "
        "ready; it said nothing (in the step: wait until QEMU is ready)");
}

TEST_CASE("a QEMU that is not ready in time is given up") {
  World world;
  world.qemu.words = "waiting";
  world.events.script = {[] { return Event::store_changed; }, [] { return Event::none; }};
  CHECK(error_of([&] { world.launch(two_devices()); }) ==
        "7: cannot start QEMU: it was not ready within 9 s, and last said: waiting (in the step: "
        "wait until QEMU is ready)");
  CHECK(world.journal.lines == journal_of(24));
}

}  // namespace
}  // namespace xenlaunch::test
