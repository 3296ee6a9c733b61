#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/fakes/world.h"
#include "tests/fixtures/source_folder.h"
#include "tests/unit/print.h"
#include "tests/unit/run/two_devices.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

constexpr const char* qemu_state = "/local/domain/0/device-model/7/state";

/// A launcher of two_devices() that is killed after `writes` to its journal. False where it was
/// not: its start took fewer.
bool killed_after(World& world, std::size_t writes) {
  world.launcher_journal.kill_at = writes;
  bool killed = false;
  world.guest_ends(ShutdownReason::poweroff);
  try {
    world.launch(two_devices());
  } catch (const Killed&) {
    killed = true;
  }
  world.launcher_journal.kill_at.reset();
  world.launcher_journal.content.header = {.vm = "vm", .uuid = uuid};
  world.events.script.clear();
  world.store.nodes.erase(qemu_state);  // the test's own
  return killed;
}

/// How many writes a start takes, until the guest runs.
std::size_t writes_of_a_start() {
  for (std::size_t writes = 0;; ++writes) {
    World world;
    REQUIRE(killed_after(world, writes));
    if (world.launcher_journal.content.state == VmState::running) return writes;
  }
}

void check_nothing_is_left(const World& world) {
  CHECK(world.store.nodes.empty());
  CHECK(world.xen.domains.size() == 1);  // dom0
  CHECK(world.pci.bound.empty());
}

bool did(const World& world, const std::string& line) {
  return std::ranges::find(world.journal.lines, line) != world.journal.lines.end();
}

TEST_CASE("wherever a start is killed, its journal is enough to undo it, and to undo it twice") {
  const std::size_t writes = writes_of_a_start();
  CHECK(writes > 40);
  for (std::size_t k = 0; k <= writes; ++k) {
    CAPTURE(k);
    World world;
    REQUIRE(killed_after(world, k));
    const JournalContent content = world.launcher_journal.content;
    CHECK(world.undo(two_devices(), content) == "");
    check_nothing_is_left(world);
    for (const auto& [number, entry] : world.launcher_journal.content.entries)
      CHECK(entry.undo.kind == UndoKind::nothing);  // a step half done that needs none
    CHECK(world.undo(two_devices(), content) == "");
    check_nothing_is_left(world);
  }
}

TEST_CASE("a domain that was created, but whose number nobody wrote down, is found and destroyed") {
  World world;
  const JournalContent content{
      .header = {.vm = "vm", .uuid = uuid},
      .boot = "",
      .entries = {{0, {"create the domain", {.kind = UndoKind::destroy_domain, .label = "x"}}}}};
  world.xen.domains[9] = {.domid = 9, .uuid = uuid};
  world.xen.domains[10] = {.domid = 10, .uuid = "another"};
  CHECK(world.undo(two_devices(), content) == "");
  CHECK_FALSE(world.xen.domains.contains(9));
  CHECK(world.xen.domains.contains(10));
}

TEST_CASE("a number that is another domain's by now is left alone, with all that goes by it") {
  World world;
  REQUIRE(killed_after(world, writes_of_a_start()));
  world.xen.domains[7].uuid = "another";
  world.store.nodes = {{"/local/domain/7/name", "other"}};
  world.qemu.end.reset();
  world.journal.lines.clear();
  CHECK(world.undo(two_devices(), world.launcher_journal.content) == "");
  CHECK(world.store.nodes == std::map<std::string, std::string>{{"/local/domain/7/name", "other"}});
  for (const std::string& line : world.journal.lines) {
    CAPTURE(line);
    CHECK_FALSE(line.starts_with("destroy "));
    CHECK_FALSE(line.starts_with("pause "));
    CHECK_FALSE(line.starts_with("kill "));
    CHECK_FALSE(line.starts_with("deassign "));
  }
  CHECK(world.pci.bound.empty());
}

TEST_CASE("a device that another domain has got since is neither reset nor taken from it") {
  World world;
  REQUIRE(killed_after(world, writes_of_a_start()));
  world.xen.assigned = {igd().address};
  world.journal.lines.clear();
  CHECK(world.undo(two_devices(), world.launcher_journal.content) ==
        "\ncould not give 0000:00:02.0 back to i915: another domain has it (xl pci-list DOMAIN)");
  CHECK_FALSE(did(world, "reset 0000:00:02.0"));
  CHECK(did(world, "reset 0000:00:03.0"));
  CHECK(world.pci.bound == std::set<PciAddress>{igd().address});
  CHECK(world.launcher_journal.content.entries.size() == 1);  // for the next try
}

TEST_CASE("pciback's nodes are removed when it has written the last of them") {
  const std::string backends = "/local/domain/0/backend/pci/7";
  const Undo remove{
      .kind = UndoKind::remove_pci_nodes, .label = "remove them", .nodes = {backends}};
  World world;
  world.store.nodes[backends + "/0/state"] = "1";
  world.events.script.clear();
  world.events.script.push_back([&] {
    world.store.nodes[backends + "/0/state"] = "2";
    return Event::store_changed;
  });
  world.events.script.push_back([&] {
    world.store.nodes[backends + "/0/root_num"] = "1";
    world.store.nodes[backends + "/0/state"] = "3";
    return Event::store_changed;
  });
  const JournalContent content{.header = {.vm = "vm", .uuid = uuid},
                               .boot = "",
                               .entries = {{0, {.action = "tell pciback", .undo = remove}}},
                               .domid = 7};
  CHECK(world.undo(two_devices(), content) == "");
  CHECK(world.events.script.empty());
  CHECK(world.store.nodes.empty());
}

TEST_CASE("a VM that is taken over ends as one that never lost its launcher") {
  World whole;
  whole.guest_ends(ShutdownReason::poweroff);
  CHECK(whole.launch(two_devices()).message == "the guest powered off");
  const auto teardown = [](const World& world) {
    const auto begin = std::ranges::find(world.journal.lines, "pause 7");
    return Lines{begin, std::ranges::find(begin, world.journal.lines.end(), "lock")};
  };

  World world;
  REQUIRE(killed_after(world, writes_of_a_start()));
  world.store.nodes[qemu_state] = "running";
  world.qemu.qemus = {7};
  world.journal.lines.clear();
  world.guest_ends(ShutdownReason::poweroff);
  const LaunchResult result = world.take_over(two_devices(), world.launcher_journal.content);
  CHECK(result.end == Verdict::powered_off);
  CHECK(result.not_undone == "");
  Lines expected = teardown(whole);
  std::erase(expected, "unwatch " + std::string{qemu_state});  // its first launcher's own
  CHECK(teardown(world) == expected);
}

TEST_CASE("a QEMU that ends before it is taken over is one that died under its guest") {
  World world;
  REQUIRE(killed_after(world, writes_of_a_start()));
  world.store.nodes[qemu_state] = "running";
  const LaunchResult result = world.take_over(two_devices(), world.launcher_journal.content);
  CHECK(result.end == Verdict::device_model_died);
  CHECK(
      result.message ==
      "QEMU ended (how is not known: an earlier launcher had started it) under the running guest");
  CHECK(result.not_undone == "");
}

TEST_CASE("a VM that is taken over needs who serves its disks, if a QEMU does") {
  const auto needs = [](const std::string& backend) {
    World world;
    REQUIRE(killed_after(world, writes_of_a_start()));
    world.store.nodes[qemu_state] = "running";
    world.store.nodes["/libxl/7/device/vbd/768/backend"] = backend;
    world.qemu.qemus = {7};
    world.qemu.end = ProcessEnd{.is_known = false};
    world.qemu.lost = "what serves the disks has ended";
    const LaunchResult result = world.take_over(two_devices(), world.launcher_journal.content);
    CHECK(result.end == Verdict::device_model_died);
    CHECK(result.message == "what serves the disks has ended under the running guest");
    return world.qemu.adopted_disks;
  };
  CHECK(needs("/local/domain/0/backend/qdisk/7/768"));
  CHECK_FALSE(needs("/local/domain/0/backend/vbd/7/768"));
  CHECK_FALSE(needs("/local/domain/0/backend/qdisk/70/768"));
}

TEST_CASE("a journal that the last release wrote is read, and undone as its own start was") {
  std::ifstream file{testing::source_folder() /
                     "tests/fixtures/journals/running-before-steps-had-their-undo"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const std::string boot = "87d73721-6323-4f75-9163-0b8222fd920b";
  World world;
  world.xen.domains[7] = {.domid = 7, .uuid = uuid};
  for (const char* device : {"0000-00-02-0", "0000-00-03-0"}) {
    world.store.nodes[std::string{"/libxl/pci/"} + device + "/domid"] = "7";
    world.store.nodes[std::string{"/libxl/pci/"} + device + "/driver_path"] = "its driver's";
  }
  CHECK(world.undo(two_devices(), parse_journal(text, "journal", "vm", boot)) == "");
  Lines expected{"lock pci-0000:00:02.0", "lock pci-0000:00:03.0"};
  const std::vector<Change> changes = changes_of(7);
  for (auto each = changes.rbegin(); each != changes.rend(); ++each)
    expected.insert(expected.end(), each->undone.begin(), each->undone.end());
  expected.insert(expected.end(), {"unlock pci-0000:00:02.0", "unlock pci-0000:00:03.0"});
  // pciback has no more to answer there.
  const std::string state = "/local/domain/0/backend/pci/7/0/state";
  CHECK(std::erase(expected, "watch " + state) + std::erase(expected, "unwatch " + state) == 2);
  CHECK(world.journal.lines == expected);
  check_nothing_is_left(world);
}

TEST_CASE("a start during which xenstored ends is given back as far as that goes without it") {
  World world;
  world.events.script.clear();
  world.events.script.push_back([&world] {
    world.store.gone = true;
    return Event::store_changed;
  });
  const std::string error = error_of([&] { world.launch(two_devices()); });
  CHECK(
      error.starts_with("8: cannot reach xenstored: it has ended (in the step: wait until QEMU is "
                        "ready)\ncould not "));
  CHECK(
      error.ends_with("\nxenstored is gone, and with it what this host's tools know of each other; "
                      "restart the host: that gives back all of it"));
  CHECK(did(world, "destroy 7"));
  CHECK(world.pci.bound.empty());
}

TEST_CASE("without xenstored the guest goes on, its end is seen, and all else is given back") {
  World world;
  world.events.script.push_back([&world] {
    world.store.gone = true;
    return Event::store_changed;
  });
  world.guest_ends(ShutdownReason::poweroff);
  const LaunchResult result = world.launch(two_devices());
  CHECK(result.end == Verdict::powered_off);
  REQUIRE(world.progress.messages.size() == 3);
  CHECK(world.progress.messages[1].starts_with(
      "warning: cannot reach xenstored: it has ended. The guest goes on, but "));
  CHECK(world.events.store_forgotten);
  CHECK(result.not_undone.ends_with(
      "\nxenstored is gone, and with it what this host's tools know of each other; restart the "
      "host: that gives back all of it"));
  CHECK(did(world, "destroy 7"));
  CHECK(world.pci.bound.empty());
}

}  // namespace
}  // namespace xenlaunch::test
