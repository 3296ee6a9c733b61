// A start writes down exactly what its plan says it would undo.
#include "launcher/plan/render.h"
#include "tests/fakes/world.h"
#include "tests/unit/print_undo.h"
#include "tests/unit/run/two_devices.h"

namespace xenlaunch::test {
namespace {

/// The undos of `plan` once the domain is 7, in the order of the steps.
std::vector<Undo> planned(const LaunchPlan& plan) {
  std::vector<Undo> undos;
  for (const Step& step : plan.steps)
    if (step.undo.kind != UndoKind::nothing)
      undos.push_back(render_undo(step.undo, {.domid = "7", .uuid = uuid}));
  return undos;
}

/// Those that a start of `plan`, whose guest powers off, writes into its journal.
std::vector<Undo> journalled(const LaunchPlan& plan, bool owns_domain = true) {
  World world;
  if (plan.vm.device_model.profile == DeviceModelProfile::traditional)
    for (std::size_t i = 0; i < plan.devices.size(); ++i)
      world.events.script.push_back([&world] {
        world.set_qemu_state("pci-inserted");
        return Event::store_changed;
      });
  world.guest_ends(ShutdownReason::poweroff);
  const JournalHeader header{.vm = "vm", .uuid = uuid, .owns_domain = owns_domain};
  if (!owns_domain) world.xen.domains[7] = {.domid = 7, .paused = true, .uuid = uuid};
  const std::optional<Domid> attach_to = owns_domain ? std::nullopt : std::optional<Domid>{7};
  CHECK(world.launcher(plan, header, attach_to).run().message == "the guest powered off");
  std::vector<Undo> undos = world.launcher_journal.begun;
  std::erase_if(undos, [](const Undo& undo) { return undo.kind == UndoKind::nothing; });
  return undos;
}

LaunchPlan traditional(const std::vector<PciFunction>& functions) {
  VmConfig vm = vm_with(functions);
  vm.device_model.profile = DeviceModelProfile::traditional;
  return plan_of(vm, functions);
}

LaunchPlan with_a_block_device() {
  VmConfig vm = vm_with({});
  vm.disks = {{.image = "/dev/vg/a", .target = "xvda"}};
  return resolve(vm, host_with({}), settings(), {},
                 {.block_devices = {{"/dev/vg/a", {.path = "/dev/dm-0"}}}, .blkback = true});
}

TEST_CASE("a start writes down the undos of its plan, and no others") {
  PciFunction prepared = card(1);
  prepared.driver = "pciback";
  for (const LaunchPlan& plan :
       {two_devices(), two_devices({.leave_paused = true}), plan_of(vm_with({}), {}),
        plan_of(vm_with({card(0), prepared}), {card(0), prepared}), traditional({igd(), sound()}),
        traditional({}), with_a_block_device()})
    CHECK(journalled(plan) == planned(plan));
}

TEST_CASE("an attachment writes down the undos of its plan, and no others") {
  VmConfig vm = vm_with({igd(), sound()});
  vm.disks = {{.image = "/x.qcow2", .target = "hda"}};
  for (const bool paused : {false, true}) {
    const LaunchPlan plan = plan_of(vm, {igd(), sound()}, {.attach = true, .leave_paused = paused});
    CHECK(journalled(plan, /*owns_domain=*/false) == planned(plan));
  }
}

}  // namespace
}  // namespace xenlaunch::test
