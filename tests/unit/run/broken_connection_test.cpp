#include <algorithm>
#include <utility>

#include "tests/fakes/world.h"
#include "tests/unit/print.h"
#include "tests/unit/run/two_devices.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

constexpr const char* qemu_state = "/local/domain/0/device-model/7/state";
constexpr const char* half_written = "/local/domain/7/half-written";

/// Once, at the call with this line: it fails, and the connection cannot be used from then on.
void break_at(World& world, const std::string& line) {
  world.journal.reactions[line] = [&world, is_first = true]() mutable {
    if (!std::exchange(is_first, false)) return;
    world.store.broken = true;
    throw Error{ExitCode::xenstore, "cannot do that: Input/output error"};
  };
}

std::ptrdiff_t new_connections(const World& world) {
  return std::ranges::count(world.journal.lines, "connect anew");
}

void check_nothing_is_left(World& world) {
  world.store.nodes.erase(qemu_state);  // the test's own
  CHECK(world.store.nodes.empty());
  CHECK(world.xen.domains.size() == 1);  // dom0
  CHECK(world.pci.bound.empty());
}

bool is_request(const std::string& line) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"write ", "claim ", "remove ", "introduce ", "watch "},
      [&line](const char* request) { return line.starts_with(request); });
}

TEST_CASE("wherever a start loses its connection, it fails and is undone over a new one") {
  int requests = 0;
  for (const Change& change : changes_of(FakeHypervisor::new_domid)) {
    if (!is_request(change.done)) continue;
    CAPTURE(change.done);
    World world;
    break_at(world, change.done);
    CHECK(error_of([&] {
            world.launch(two_devices());
          }).starts_with("6: cannot do that: Input/output error"));
    CHECK(new_connections(world) == 1);
    check_nothing_is_left(world);
    CHECK(world.launcher_journal.content.entries.empty());
    ++requests;
  }
  CHECK(requests > 5);
}

TEST_CASE("what a step has half written when the connection broke is removed") {
  World world;
  const std::string nodes = "write /local/domain/7 and others";
  world.journal.reactions[nodes] = [&world] {
    world.store.nodes[half_written] = "";
    world.store.broken = true;
    throw Error{ExitCode::xenstore, "cannot write xenstore node: Input/output error"};
  };
  CHECK(error_of([&] { world.launch(two_devices()); }).starts_with("6: cannot write"));
  CHECK(world.journal.failed_step.empty());
  CHECK(new_connections(world) == 1);
  check_nothing_is_left(world);
}

TEST_CASE("an undo that loses the connection is done over a new one") {
  for (const Change& change : changes_of(FakeHypervisor::new_domid))
    for (const std::string& undone : change.undone) {
      if (!is_request(undone)) continue;
      CAPTURE(undone);
      World world;
      world.guest_ends(ShutdownReason::poweroff);
      break_at(world, undone);
      CHECK(world.launch(two_devices()).not_undone == "");
      CHECK(new_connections(world) == 1);
      check_nothing_is_left(world);
    }
}

TEST_CASE("a supervisor that loses the connection goes on over a new one") {
  World world;
  world.events.script.push_back([&world] {
    world.store.broken = true;
    return Event::store_changed;
  });
  world.guest_ends(ShutdownReason::poweroff);
  const LaunchResult result = world.launch(two_devices());
  CHECK(result.end == Verdict::powered_off);
  CHECK(result.not_undone == "");
  CHECK(world.progress.messages ==
        Lines{"domain 7 runs",
              "warning: cannot use the connection. xenstored answers over a new connection: all "
              "goes on",
              "the guest powered off"});
  CHECK_FALSE(world.events.store_forgotten);
  check_nothing_is_left(world);
}

TEST_CASE("of an undo that xenstored refuses nobody says that xenstored is gone") {
  World world;
  world.guest_ends(ShutdownReason::poweroff);
  const std::string refused = "remove /libxl/pci/0000-00-03-0";
  world.journal.reactions[refused] = [] {
    throw Error{ExitCode::xenstore, "cannot remove it: Permission denied"};
  };
  const LaunchResult result = world.launch(two_devices());
  CHECK(result.not_undone.find("cannot remove it: Permission denied") != std::string::npos);
  CHECK(result.not_undone.find("xenstored is gone") == std::string::npos);
  CHECK(new_connections(world) == 0);
  CHECK(world.launcher_journal.content.entries.size() == 1);  // for `xenlaunch recover`
}

}  // namespace
}  // namespace xenlaunch::test
