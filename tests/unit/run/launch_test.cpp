#include <csignal>

#include "tests/fakes/world.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Lines = std::vector<std::string>;

LaunchPlan plan_with(const std::vector<PciFunction>& functions) {
  return plan_of(vm_with(functions), functions);
}

/// How a run of a VM without devices ends when `happens` does under the running guest.
LaunchResult end_when(World& world, std::function<Event()> happens) {
  world.events.script.push_back(std::move(happens));
  return world.launch(plan_with({}));
}

bool did(const World& world, const std::string& line) {
  return std::find(world.journal.lines.begin(), world.journal.lines.end(), line) !=
         world.journal.lines.end();
}

TEST_CASE("what the guest does to itself is how the run ended") {
  const std::vector<std::tuple<ShutdownReason, Verdict, std::string>> table{
      {ShutdownReason::poweroff, Verdict::powered_off, "the guest powered off"},
      {ShutdownReason::suspend, Verdict::powered_off, "the guest powered off"},
      {ShutdownReason::reboot, Verdict::rebooted, "the guest asked for a reboot"},
      {ShutdownReason::soft_reset, Verdict::rebooted, "the guest asked for a reboot"},
      {ShutdownReason::crash, Verdict::crashed, "the guest crashed"},
      {ShutdownReason::watchdog, Verdict::crashed, "the guest crashed"}};
  for (const auto& [reason, verdict, message] : table) {
    CAPTURE(message);
    World world;
    world.guest_ends(reason);
    LaunchPlan plan = plan_with({});
    plan.vm.on_reboot = OnEvent::destroy;
    const LaunchResult result = world.launch(plan);
    CHECK(result.end == verdict);
    CHECK(result.message == message);
    CHECK(did(world, "destroy 7"));
  }
}

TEST_CASE("a QEMU that dies under the guest is quoted") {
  World world;
  world.qemu.words = "oops";
  const LaunchResult result = end_when(world, [&world] {
    world.qemu.end = ProcessEnd{.by_signal = true, .number = SIGKILL};
    return Event::device_model_ended;
  });
  CHECK(result.end == Verdict::device_model_died);
  CHECK(result.message ==
        "QEMU was killed by signal 9 (Killed) under the running guest; it last said: oops");
}

TEST_CASE("a QEMU whose node is gone was ended by a tool that destroys the domain") {
  World world;
  world.events.script.push_back([&world] {
    world.qemu.end = ProcessEnd{.by_signal = true, .number = SIGHUP};
    world.store.nodes.erase("/local/domain/0/device-model/7/state");
    return Event::device_model_ended;
  });
  const LaunchResult result = end_when(world, [&world] {
    world.xen.domains.erase(7);
    return Event::store_changed;
  });
  CHECK(result.end == Verdict::being_destroyed);
  CHECK(result.message == "the domain was destroyed by another tool");
}

TEST_CASE("xl destroy is left to finish before anything is taken down") {
  World world;
  world.events.script.push_back([&world] {
    world.xen.domains.at(7).dying = true;
    return Event::store_changed;
  });
  std::size_t done_before = 0;
  const LaunchResult result = end_when(world, [&world, &done_before] {
    world.xen.domains.erase(7);
    done_before = world.journal.lines.size();
    return Event::store_changed;
  });
  CHECK(result.end == Verdict::being_destroyed);
  CHECK(world.journal.lines.at(done_before - 1) == "watch @releaseDomain");
}

TEST_CASE("a tool that never finishes destroying is not waited for for ever") {
  World world;
  const LaunchResult result = end_when(world, [&world] {
    world.xen.domains.at(7).dying = true;  // the fake clock then runs out: Event::none
    return Event::store_changed;
  });
  CHECK(result.end == Verdict::being_destroyed);
  CHECK(did(world, "destroy 7"));
}

TEST_CASE("a domain that is gone was destroyed by another tool, and the rest is given back") {
  World world;
  const LaunchResult result = end_when(world, [&world] {
    world.xen.domains.erase(7);
    return Event::store_changed;
  });
  CHECK(result.end == Verdict::destroyed);
  CHECK(result.message == "the domain was destroyed by another tool");
  CHECK(result.not_undone == "");
  CHECK(did(world, "remove /local/domain/7 and others"));
}

TEST_CASE("SIGTERM and SIGINT end a running guest, and the message says which") {
  for (const auto& [signal, name] : {std::pair{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}}) {
    World world;
    const LaunchResult result = end_when(world, [&world, number = signal] {
      world.events.stopped_by = number;
      return Event::stop_requested;
    });
    CHECK(result.end == Verdict::stop_requested);
    CHECK(result.message == std::string{"stopped by "} + name);
    CHECK(did(world, "destroy 7"));
  }
}

TEST_CASE("what happens to others while the guest runs does not end it") {
  World world;
  world.events.script.push_back([] { return Event::store_changed; });
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(plan_with({})).end == Verdict::powered_off);
  CHECK(world.events.script.empty());
}

TEST_CASE("a device of another living domain is refused, and that domain's record survives") {
  World world;
  world.xen.domains[3] = {.domid = 3};
  world.store.nodes["/libxl/pci/0000-01-00-0/domid"] = "3";
  CHECK(error_of([&] { world.launch(plan_with({card(0)})); }) ==
        "4: cannot assign 0000:01:00.0 to the domain: domain 3 has it (in the step: note that "
        "0000:01:00.0 is the domain's)");
  CHECK(world.store.nodes ==
        std::map<std::string, std::string>{{"/libxl/pci/0000-01-00-0/domid", "3"}});
  CHECK_FALSE(did(world, "assign 0000:01:00.0 to 7"));
}

TEST_CASE("a record of a domain that is no more, or of none at all, is overwritten") {
  for (const std::string stale : {"3", "7", "", "x", "99999999999", "3 "}) {
    CAPTURE(stale);
    World world;
    world.store.nodes["/libxl/pci/0000-01-00-0/domid"] = stale;
    world.guest_ends(ShutdownReason::poweroff);
    CHECK(world.launch(plan_with({card(0)})).end == Verdict::powered_off);
    CHECK_FALSE(world.store.read("/libxl/pci/0000-01-00-0/domid"));
  }
}

TEST_CASE("an owner that another tool has put in the meantime is not forgotten") {
  World world;
  world.events.script.push_back([&world] {
    world.store.nodes["/libxl/pci/0000-01-00-0/domid"] = "9";
    return Event::store_changed;
  });
  world.guest_ends(ShutdownReason::poweroff);
  world.launch(plan_with({card(0)}));
  CHECK(world.store.read("/libxl/pci/0000-01-00-0/domid") == "9");
}

TEST_CASE("a device that was on pciback before the start stays there") {
  PciFunction prepared = card(0);
  prepared.driver = "pciback";
  World world;
  world.pci.on_pciback = {prepared.address};
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(plan_with({prepared})).end == Verdict::powered_off);
  Lines of_device;
  for (const std::string& line : world.journal.lines)
    if (line.find(prepared.address.to_string()) != std::string::npos) of_device.push_back(line);
  CHECK(of_device == Lines{"lock pci-0000:01:00.0", "assign 0000:01:00.0 to 7",
                           "deassign 0000:01:00.0 from 7", "reset 0000:01:00.0",
                           "unlock pci-0000:01:00.0"});
}

TEST_CASE("a guest that is left paused is supervised like one that runs, and said to be paused") {
  const LaunchPlan plan = plan_of(vm_with({}), {}, {.leave_paused = true});
  World world;
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(plan).end == Verdict::powered_off);
  CHECK_FALSE(did(world, "unpause 7"));
  CHECK(did(world, "pause 7"));  // somebody else may have unpaused it
  CHECK(world.progress.messages == Lines{"domain 7 is paused", "the guest powered off"});
}

TEST_CASE("a device goes back to the driver that it was taken from, not to the plan's") {
  const PciFunction planned = card(0);
  PciFunction now = planned;
  now.driver = "amdgpu";
  World world;
  world.pci.functions = {{planned.address, now}};
  world.guest_ends(ShutdownReason::poweroff);
  world.launch(plan_with({planned}));
  CHECK(did(world, "restore " + planned.address.to_string() + " to amdgpu"));
}

TEST_CASE("the guest is granted the interrupt that the device has with pciback") {
  PciFunction with_msi = card(0);
  with_msi.irq = 133;  // of a driver that uses MSI, which Xen knows nothing of
  World world;
  world.pci.irq_with_pciback = 16;
  world.guest_ends(ShutdownReason::poweroff);
  world.launch(plan_with({with_msi}));
  CHECK(world.xen.granted_irqs == std::vector<std::uint32_t>{16});
}

TEST_CASE("warnings of the builder reach people") {
  World world;
  world.xen.build_warnings = {"a region is left out"};
  world.guest_ends(ShutdownReason::poweroff);
  world.launch(plan_with({}));
  CHECK(world.progress.messages ==
        Lines{"warning: a region is left out", "domain 7 runs", "the guest powered off"});
}

LaunchPlan traditional(const std::vector<PciFunction>& functions) {
  VmConfig vm = vm_with(functions);
  vm.device_model.profile = DeviceModelProfile::traditional;
  return plan_of(vm, functions);
}

TEST_CASE("traditional QEMU is told of each device through xenstore, one after another") {
  World world;
  for (int i = 0; i < 2; ++i)
    world.events.script.push_back([&world] {
      world.set_qemu_state("pci-inserted");
      return Event::store_changed;
    });
  world.guest_ends(ShutdownReason::poweroff);
  CHECK(world.launch(traditional({card(0), sound()})).end == Verdict::powered_off);
  Lines told;
  for (const std::string& line : world.journal.lines)
    if (line.starts_with("write /local/domain/0/device-model/")) told.push_back(line);
  const std::string node = "write /local/domain/0/device-model/7/";
  CHECK(told == Lines{node + "parameter and others", node + "state = running",
                      node + "parameter and others", node + "state = running"});
}

TEST_CASE("traditional QEMU that does not take a device fails the start") {
  World world;
  world.events.script.push_back([&world] {
    world.set_qemu_state("pci-insert-failed");
    return Event::store_changed;
  });
  CHECK(error_of([&] { world.launch(traditional({card(0)})); }) ==
        "7: cannot pass 0000:01:00.0: QEMU did not take it (in the step: tell QEMU of 0000:01:00.0 "
        "through xenstore)");
}

}  // namespace
}  // namespace xenlaunch::test
