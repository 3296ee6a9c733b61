// Disks that dom0's kernel serves.
#include "tests/fakes/world.h"
#include "tests/unit/print.h"
#include "tests/unit/run/two_devices.h"

namespace xenlaunch::test {
namespace {

const std::string backends = "/local/domain/0/backend/vbd/7";
const std::string write_nodes = "write " + backends + "/51712 and others";
const std::string await_open = "await disk 51712 of 7";
const Lines given_back{"remove /local/domain/7/device/vbd/51712 and others",
                       "await disks of 7 gone", "remove " + backends + " and others"};

LaunchPlan plan_with_disks(const StartMode& mode = {}) {
  const HostDisks disks{
      .block_devices = {{"/dev/vg/a", {.path = "/dev/dm-0", .major = 253, .minor = 0}}},
      .blkback = true};
  VmConfig vm = vm_with({});
  vm.uuid = uuid;
  vm.disks = {{.image = "/dev/vg/a", .target = "xvda"}, {.image = "/file", .target = "hdb"}};
  return resolve(vm, host_with({}), settings(), mode, disks);
}

/// A host whose blkback answers.
struct DiskWorld : World {
  DiskWorld() {
    journal.reactions[await_open] = [this] { store.nodes[backends + "/51712/state"] = "2"; };
  }
  /// What was done about blkback's disks.
  Lines lines() const {
    Lines found;
    for (const std::string& line : journal.lines)
      if (!line.starts_with("kill QEMU") &&
          (line.find("vbd") != std::string::npos || line.find("disk") != std::string::npos))
        found.push_back(line);
    return found;
  }
};

Lines all_of(Lines first, const Lines& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

TEST_CASE("blkback is told of its disks, has opened them before the guest runs, and lets go") {
  DiskWorld world;
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(plan_with_disks()).not_undone == "");
  CHECK(world.lines() == all_of({write_nodes, await_open}, given_back));
  const auto place_of = [&world](const std::string& line) {
    return std::ranges::find(world.journal.lines, line) - world.journal.lines.begin();
  };
  CHECK(place_of(await_open) < place_of("unpause 7"));
  CHECK(place_of("pause 7") < place_of(given_back.front()));
  CHECK(place_of(given_back.back()) < place_of("destroy 7"));
  world.store.nodes.erase("/local/domain/0/device-model/7/state");  // the test's own
  CHECK(world.store.nodes.empty());
}

TEST_CASE("a block device that blkback does not open is named with the kernel's reason") {
  DiskWorld world;
  world.disks.opens = false;
  world.store.nodes["/local/domain/0/error/backend/vbd/7/51712/error"] =
      "2 creating vbd structure\x1b[2J";
  const std::string error = error_of([&] { world.launch(plan_with_disks()); });
  CHECK(error ==
        "4: cannot give the guest xvda: dom0's xen-blkback does not open /dev/vg/a (2 creating vbd "
        "structure\\x1b[2J) (in the step: wait until blkback has opened the disks)");
  CHECK(world.lines() == all_of({write_nodes, await_open}, given_back));
  world.store.nodes.erase("/local/domain/0/device-model/7/state");
  CHECK(world.store.nodes.empty());
}

TEST_CASE("nodes that blkback has not answered yet stay until it has, or five seconds") {
  DiskWorld world;
  world.journal.fail_on = "write /local/domain/7/image/device-model-pid = 4711";
  CHECK(error_of([&] { world.launch(plan_with_disks()); }).starts_with("5: injected failure"));
  const std::string state = backends + "/51712/state";
  CHECK(world.lines() == all_of({write_nodes, "watch " + state, "unwatch " + state}, given_back));
}

TEST_CASE("the disks of another domain with the number are left alone") {
  DiskWorld world;
  world.xen.domains[7] = {.domid = 7, .uuid = "another"};
  JournalContent content{.header = {.vm = "vm", .uuid = uuid}};
  content.entries[0] = {"tell blkback of the disks",
                        {.kind = UndoKind::release_disks, .label = "x", .nodes = {backends, "/f"}}};
  content.domid = 7;
  CHECK(world.undo(plan_with_disks(), content) == "");
  CHECK(world.lines().empty());
}

TEST_CASE("a toolstack's domain has its disks told to blkback, too, and taken from it") {
  DiskWorld world;
  world.guest_ends(ShutdownReason::poweroff);
  world.xen.domains[7] = {.domid = 7, .paused = true, .uuid = uuid};
  const LaunchPlan plan = plan_with_disks({.attach = true});
  const JournalHeader header{.vm = "vm", .uuid = uuid, .owns_domain = false};
  CHECK(world.launcher(plan, header, 7).run().not_undone == "");
  CHECK(world.lines() == all_of({write_nodes, await_open}, given_back));
  world.store.nodes.erase("/local/domain/0/device-model/7/state");
  CHECK(world.store.nodes.empty());
}

}  // namespace
}  // namespace xenlaunch::test
