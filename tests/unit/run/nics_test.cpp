// Network cards in the life of a VM.
#include <algorithm>
#include <csignal>

#include "launcher/plan/qemu_cage.h"
#include "tests/fakes/world.h"
#include "tests/unit/print.h"
#include "tests/unit/run/two_devices.h"

namespace xenlaunch::test {
namespace {

const std::string backend = "/local/domain/0/backend/vif/7/0";

/// A card that is emulated, too, and one that is not.
LaunchPlan two_cards() {
  VmConfig vm = vm_with({});
  vm.uuid = uuid;
  vm.serial.kind = SerialConfig::Kind::none;
  vm.nics = {{.bridge = "br0", .script = "/a"},
             {.bridge = "br1", .model = NicModel::none, .script = "/b"}};
  LaunchPlan plan = plan_of(vm, {});
  set_taps(plan);
  return plan;
}

/// A host whose xen-netback makes the interface of the second card only after a while, and whose
/// scripts do their work.
struct NicWorld : World {
  NicWorld() {
    journal.reactions["finish /a online type_if=vif"] = [this] { says(0, "connected"); };
    journal.reactions["finish /b online type_if=vif"] = [this] { says(1, "connected"); };
    events.script.push_front([this] {
      netback_answers(1, "2");
      return Event::store_changed;
    });
    events.script.push_front([this] {
      netback_answers(0, "2");
      return Event::store_changed;
    });
  }
  static std::string node(unsigned index, const std::string& name) {
    return "/local/domain/0/backend/vif/7/" + std::to_string(index) + "/" + name;
  }
  void netback_answers(unsigned index, const std::string& state) {
    if (store.nodes.contains(node(index, "state"))) store.nodes[node(index, "state")] = state;
  }
  void says(unsigned index, const std::string& status) {
    store.nodes[node(index, "hotplug-status")] = status;
  }
  /// As it does when the frontends are gone.
  void netback_closes() {
    for (const unsigned index : {0U, 1U})
      events.script.push_back([this, index] {
        netback_answers(index, "6");
        return Event::store_changed;
      });
  }
  void check_nothing_is_left() {
    store.nodes.erase("/local/domain/0/device-model/7/state");  // the test's own
    CHECK(store.nodes.empty());
    CHECK(store.watches.empty());
    CHECK(nics.running == 0);
    CHECK(xen.domains.size() == 1);
  }
};

TEST_CASE("the scripts run beside the rest of a start, and all is taken back after the guest") {
  NicWorld world;
  world.guest_ends(ShutdownReason::poweroff);
  world.netback_closes();
  CHECK(world.launch(two_cards()).not_undone == "");
  const std::string end_of_qemu =
      "kill QEMU, remove /var/run/xen/qmp-libxl-7 /var/run/xen/qmp-xenlaunch-7 "
      "/var/run/xen/hold-xenlaunch-7 /var/run/xen/hold-xenlaunch-7-disks "
      "/var/run/xen/xenstore-xenlaunch-7 /var/run/xen/resource-xenlaunch-7 "
      "/var/run/xen/device-xenlaunch-7 "
      "/var/run/xen/root-xenlaunch-7";
  CHECK(world.journal.lines ==
        Lines{"create domain " + uuid,
              "make tap vif7.0-emu",
              "spawn /qemu > /log/vm.log, held at /var/run/xen/hold-xenlaunch-7",
              "configure 7",
              "write /local/domain/7 and others",
              "write /libxl/7/device/vif/0 and others",
              "watch " + NicWorld::node(0, "state"),
              "unwatch " + NicWorld::node(0, "state"),
              "start /a online type_if=vif",
              "watch " + NicWorld::node(1, "state"),
              "unwatch " + NicWorld::node(1, "state"),
              "start /b online type_if=vif",
              "write /local/domain/7/image/device-model-pid = 4711",
              "let go at /var/run/xen/hold-xenlaunch-7",
              "build 7",
              "write /local/domain/7/memory/static-max and others",
              "introduce 7",
              watch_qemu(7),
              "start /a add type_if=tap",
              "finish /a online type_if=vif",
              "finish /b online type_if=vif",
              "finish /a add type_if=tap",
              "unpause 7",
              watch_ends,
              "un" + watch_ends,
              "pause 7",
              "start /a remove type_if=tap",
              "finish /a remove type_if=tap",
              end_of_qemu,
              "start /b offline type_if=vif",
              "finish /b offline type_if=vif",
              "start /a offline type_if=vif",
              "finish /a offline type_if=vif",
              "write " + NicWorld::node(0, "online") + " and others",
              "remove /local/domain/7/device/vif/0",
              "write " + NicWorld::node(1, "online") + " and others",
              "remove /local/domain/7/device/vif/1",
              "watch " + NicWorld::node(0, "state"),
              "unwatch " + NicWorld::node(0, "state"),
              "watch " + NicWorld::node(1, "state"),
              "unwatch " + NicWorld::node(1, "state"),
              "remove /local/domain/0/backend/vif/7 and others",
              "await vif-7-0 gone",
              "await vif-7-1 gone",
              "remove /local/domain/7 and others",
              end_of_qemu,
              "destroy 7",
              "un" + watch_qemu(7)});
  CHECK(world.progress.messages == Lines{"domain 7 runs", "the guest powered off"});
  CHECK(world.qemu.given == std::vector<int>{768});
  CHECK((
      world.nics.calls["/a add type_if=tap"] ==
      script_call({.index = 0, .script = "/a", .is_emulated = true}, "7", NicAction::connect_tap)));
  world.check_nothing_is_left();
}

TEST_CASE("whichever call of a start with network cards fails, nothing is left") {
  NicWorld whole;
  whole.guest_ends(ShutdownReason::poweroff);
  whole.launch(two_cards());
  const Lines& calls = whole.journal.lines;
  for (std::size_t k = 0; calls[k] != watch_ends; ++k) {
    if (calls[k].starts_with("unwatch ")) continue;  // whose failure nobody minds
    NicWorld world;
    world.journal.fail_at = k;
    const std::string error = error_of([&] { world.launch(two_cards()); });
    CAPTURE(world.journal.lines[k]);
    CHECK(error == "5: injected failure (in the step: " + world.journal.failed_step + ")");
    world.check_nothing_is_left();
  }
}

TEST_CASE("a script that fails ends the start with what it says, and is undone all the same") {
  NicWorld world;
  world.nics.results["/a online type_if=vif"] = {1, "", "more\nsigh\n"};
  world.journal.reactions["finish /a online type_if=vif"] = [&world] {
    world.store.nodes[backend + "/hotplug-error"] = "no \x1b bridge";
  };
  world.nics.results["/a add type_if=tap"] = {SIGKILL, "", "", ProgramEnd::timed_out};
  CHECK(error_of([&] { world.launch(two_cards()); }) ==
        "4: cannot put network card 0 on br0: /a ended with status 1: sigh: no \\x1b bridge\n"
        "cannot put network card 0 on br0: /a did not end in time and was killed: no \\x1b bridge; "
        "/var/log/xen/xen-hotplug.log may say more (in the step: wait until the network cards are "
        "on their bridges)");
  CHECK(std::ranges::count(world.journal.lines, "start /a offline type_if=vif") == 1);
  CHECK(std::ranges::count(world.journal.lines, "start /a remove type_if=tap") == 1);
  CHECK(std::ranges::count(world.journal.lines, "unpause 7") == 0);
  world.check_nothing_is_left();
}

TEST_CASE("a script that does not tell xen-netback is warned of") {
  NicWorld world;
  world.journal.reactions.erase("finish /b online type_if=vif");
  world.guest_ends(ShutdownReason::poweroff);
  world.launch(two_cards());
  CHECK(world.progress.messages.front() ==
        "warning: /b has not written hotplug-status = connected to xenstore, without which the "
        "guest's Xen driver cannot use network card 1");
}

TEST_CASE("a xen-netback that makes no interface is waited for only so long") {
  NicWorld world;
  world.events.script.clear();
  CHECK(error_of([&] { world.launch(two_cards()); }) ==
        "4: cannot put network card 0 on br0: xen-netback has not made its interface within 10 s; "
        "`dmesg` may say why (in the step: start the script that puts network card 0 on br0)");
  world.check_nothing_is_left();
}

TEST_CASE("scripts that are under way are ended before what they do is undone") {
  NicWorld world;
  world.journal.fail_on = "build 7";
  error_of([&] { world.launch(two_cards()); });
  const Lines& lines = world.journal.lines;
  const auto at = [&lines](const std::string& line) { return std::ranges::find(lines, line); };
  REQUIRE(at("kill /a online type_if=vif") != lines.end());
  CHECK(at("kill /a online type_if=vif") < at("start /a offline type_if=vif"));
  CHECK(at("kill /b online type_if=vif") < at("start /b offline type_if=vif"));
}

TEST_CASE("a script that fails when the guest has ended is told of, and all goes on") {
  NicWorld world;
  world.guest_ends(ShutdownReason::poweroff);
  world.nics.results["/a offline type_if=vif"] = {1, "", "no bridge\n"};
  world.journal.fail_on = "start /a remove type_if=tap";
  CHECK(world.launch(two_cards()).not_undone == "");
  CHECK(Lines{world.progress.messages.end() - 2, world.progress.messages.end()} ==
        Lines{"warning: cannot take the emulation of network card 0 from br0: injected failure",
              "warning: cannot take network card 0 from br0: /a ended with status 1: no bridge"});
  world.check_nothing_is_left();
}

TEST_CASE("a script that fails since another toolstack ends the cards beside it is no trouble") {
  NicWorld world;
  world.guest_ends(ShutdownReason::poweroff);
  world.netback_closes();
  world.nics.results["/a remove type_if=tap"] = {1, "", ""};
  world.nics.at_finish = [&world] {
    if (world.xen.domains.at(7).shutdown)
      world.store.remove({"/local/domain/0/backend/vif/7", "/local/domain/7/device/vif"});
  };
  CHECK(world.launch(two_cards()).not_undone == "");
  for (const std::string& message : world.progress.messages)
    CHECK(message.find("warning") == std::string::npos);
  world.check_nothing_is_left();
}

TEST_CASE("of cards that another toolstack has ended no script is run again") {
  NicWorld world;
  world.events.script.push_back([&world] {
    world.store.remove({"/local/domain/0/backend/vif/7", "/local/domain/7/device/vif"});
    world.xen.domains.at(7).shutdown = ShutdownReason::poweroff;
    return Event::store_changed;
  });
  CHECK(world.launch(two_cards()).not_undone == "");
  CHECK(std::ranges::count_if(world.journal.lines, [](const std::string& line) {
          return line.find("offline") != line.npos || line.find(" remove type_if") != line.npos;
        }) == 0);
  world.check_nothing_is_left();
}

TEST_CASE("a xen-netback that holds on to a card leaves the host changed") {
  NicWorld world;
  world.guest_ends(ShutdownReason::poweroff);
  world.journal.fail_on = "await vif-7-1 gone";
  CHECK(world.launch(two_cards()).not_undone ==
        "\ncould not end the network cards and wait until xen-netback has let go of them: "
        "injected failure");
}

TEST_CASE("wherever a start with network cards is killed, its journal is enough to undo it") {
  std::size_t k = 0;
  for (bool killed = true; killed; ++k) {
    CAPTURE(k);
    NicWorld world;
    world.guest_ends(ShutdownReason::poweroff);
    world.launcher_journal.kill_at = k;
    killed = false;
    try {
      world.launch(two_cards());
    } catch (const Killed&) {
      killed = true;
    }
    if (!killed) break;
    world.launcher_journal.kill_at.reset();
    world.launcher_journal.content.header = {.vm = "vm", .uuid = uuid};
    world.events.script.clear();
    LaunchPlan known;  // all that `recover` knows
    known.vm.name = "vm";
    CHECK(world.undo(known, world.launcher_journal.content) == "");
    world.check_nothing_is_left();
  }
  CHECK(k > 40);
}

TEST_CASE("what stands among the backends and is no card of ours is removed and not asked") {
  NicWorld world;
  world.guest_ends(ShutdownReason::poweroff);
  world.journal.reactions["pause 7"] = [&world] {
    world.store.nodes["/local/domain/0/backend/vif/7/8/state"] = "4";
    world.store.nodes["/local/domain/0/backend/vif/7/01/state"] = "4";
  };
  CHECK(world.launch(two_cards()).not_undone == "");
  for (const char* index : {"8", "01"})
    CHECK(std::ranges::count(world.journal.lines,
                             std::string{"remove /local/domain/7/device/vif/"} + index) == 0);
  world.check_nothing_is_left();
}

}  // namespace
}  // namespace xenlaunch::test
