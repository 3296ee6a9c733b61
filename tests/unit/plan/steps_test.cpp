#include "launcher/plan/steps.h"

#include <set>

#include "launcher/plan/render.h"
#include "launcher/plan/step_names.h"
#include "tests/unit/print_undo.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

const Step adopt{.kind = StepKind::adopt_domain, .action = "take the domain as it was built"};

std::vector<StepKind> kinds_of(const LaunchPlan& plan) {
  std::vector<StepKind> kinds;
  for (const Step& step : plan.steps) kinds.push_back(step.kind);
  return kinds;
}

/// The steps of `plan` as they are for a domain that is built already.
std::vector<Step> without_the_building(const LaunchPlan& plan) {
  const Step write_nodes{.kind = StepKind::write_device_nodes,
                         .action = "write QEMU's xenstore nodes",
                         .undo = {.kind = UndoKind::remove_nodes,
                                  .label = "remove QEMU's xenstore nodes",
                                  .nodes = device_node_roots(plan, Facts{})}};
  std::vector<Step> steps;
  for (const Step& step : plan.steps) {
    if (step.kind == StepKind::configure_domain || step.kind == StepKind::build_domain ||
        step.kind == StepKind::introduce_domain)
      continue;
    steps.push_back(step.kind == StepKind::create_domain        ? adopt
                    : step.kind == StepKind::write_domain_nodes ? write_nodes
                                                                : step);
  }
  return steps;
}

TEST_CASE("a domain that a toolstack has built is taken, and neither built nor destroyed") {
  using enum StepKind;
  const VmConfig vm = vm_with({igd(), sound()});
  LaunchPlan expected = plan_of(vm, {igd(), sound()});
  expected.steps = without_the_building(expected);
  const LaunchPlan attached = plan_of(vm, {igd(), sound()}, {.attach = true});
  CHECK((attached == expected));
  CHECK((kinds_of(attached) == std::vector{lock_vm,
                                           lock_device,
                                           lock_device,
                                           bind_to_pciback,
                                           note_dom0_owner,
                                           note_driver,
                                           bind_to_pciback,
                                           note_dom0_owner,
                                           note_driver,
                                           switch_rom_on,
                                           adopt_domain,
                                           start_device_model,
                                           write_device_nodes,
                                           note_owner,
                                           assign_to_domain,
                                           note_owner,
                                           assign_to_domain,
                                           write_pci_nodes,
                                           release_device_model,
                                           await_device_model,
                                           publish_serial,
                                           unpause}));
}

TEST_CASE("without devices only QEMU and its nodes are added to a toolstack's domain") {
  using enum StepKind;
  const LaunchPlan attached = plan_of(vm_with({}), {}, {.attach = true});
  CHECK((attached.steps == without_the_building(plan_of(vm_with({}), {}))));
  CHECK((kinds_of(attached) == std::vector{lock_vm, adopt_domain, start_device_model,
                                           write_device_nodes, release_device_model,
                                           await_device_model, publish_serial, unpause}));
}

TEST_CASE("the traditional QEMU of a toolstack's domain is told of the devices as ever") {
  using enum StepKind;
  VmConfig vm = vm_with({igd()});
  vm.device_model.profile = DeviceModelProfile::traditional;
  const LaunchPlan attached = plan_of(vm, {igd()}, {.attach = true});
  CHECK((attached.steps == without_the_building(plan_of(vm, {igd()}))));
  CHECK(
      (kinds_of(attached) == std::vector{lock_vm, lock_device, bind_to_pciback, note_dom0_owner,
                                         note_driver, adopt_domain, write_device_nodes, note_owner,
                                         assign_to_domain, write_pci_nodes, start_device_model,
                                         await_device_model, insert_device, unpause}));
}

TEST_CASE("each device is taken by what its own driver asks for") {
  using enum StepKind;
  const auto kinds = [](const PciFunction& function) {
    std::vector<StepKind> taken;
    for (const Step& step : steps_to_take({.function = function}, 3)) {
      CHECK((step.device == std::optional<std::size_t>{3}));
      taken.push_back(step.kind);
    }
    return taken;
  };
  PciFunction prepared = sound();
  prepared.driver = "pciback";
  CHECK((kinds(sound()) == std::vector{bind_to_pciback, note_dom0_owner, note_driver}));
  CHECK((kinds(card(0)) == std::vector{bind_to_pciback, note_dom0_owner}));
  CHECK((kinds(prepared) == std::vector{bind_to_pciback}));
  CHECK((steps_to_take({.function = prepared}, 0).front().undo ==
         Undo{.kind = UndoKind::nothing, .label = "leave 0000:00:03.0 with pciback"}));
}

TEST_CASE("a restoration takes back what an assignment does, the record of the driver last") {
  const PciAddress device = sound().address;
  std::vector<Undo> undos;
  for (const Step& step : steps_to_assign(sound())) undos.push_back(step.undo);
  const Undo restore{.kind = UndoKind::restore_device,
                     .label = "give 0000:00:03.0 back to snd_hda_intel",
                     .device = device,
                     .driver = "snd_hda_intel"};
  const Undo forget{.kind = UndoKind::forget_driver,
                    .label = "forget the driver of 0000:00:03.0",
                    .device = device,
                    .nodes = {"/libxl/pci/0000-00-03-0"}};
  const Undo release{.kind = UndoKind::release_device,
                     .label = "let dom0 have 0000:00:03.0 again",
                     .device = device};
  CHECK(undos == std::vector{restore, forget, release});
  CHECK(undos_to_restore(device, "snd_hda_intel") == std::vector{forget, restore, release});
}

TEST_CASE("what only the running start knows takes the place of whole words of a node's path") {
  const Undo planned{.kind = UndoKind::remove_nodes,
                     .label = "remove DOMID",
                     .nodes = {"/local/domain/DOMID", "/vm/UUID/x", "/a/DOMIDS/UUID", "/x"}};
  Undo expected = planned;
  CHECK(render_undo(planned, Facts{}) == planned);
  expected.nodes = {"/local/domain/7", "/vm/u-1/x", "/a/DOMIDS/u-1", "/x"};
  CHECK(render_undo(planned, {.domid = "7", .uuid = "u-1"}) == expected);
}

TEST_CASE("every step has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < step_names.size(); ++i) {
    CHECK(static_cast<std::size_t>(step_names[i].first) == i);
    names.insert(step_names[i].second);
  }
  CHECK(step_names.size() == static_cast<std::size_t>(StepKind::leave_paused) + 1);
  CHECK(names.size() == step_names.size());
  CHECK_FALSE(names.contains(""));
}

}  // namespace
}  // namespace xenlaunch::test
