#include "launcher/plan/steps.h"

#include <set>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

const Step adopt{StepKind::adopt_domain, std::nullopt, "take the domain as it was built", ""};
const Step write_nodes{StepKind::write_device_nodes, std::nullopt, "write QEMU's xenstore nodes",
                       "remove QEMU's xenstore nodes"};

std::vector<StepKind> kinds_of(const LaunchPlan& plan) {
  std::vector<StepKind> kinds;
  for (const Step& step : plan.steps) kinds.push_back(step.kind);
  return kinds;
}

LaunchPlan attached(LaunchPlan plan) {
  attach_to_built_domain(plan);
  return plan;
}

/// The steps of `plan` as they are for a domain that is built already.
std::vector<Step> without_the_building(const LaunchPlan& plan) {
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
  const LaunchPlan plan = plan_of(vm_with({igd(), sound()}), {igd(), sound()});
  LaunchPlan expected = plan;
  expected.steps = without_the_building(plan);
  CHECK((attached(plan) == expected));
  CHECK((kinds_of(attached(plan)) ==
         std::vector{lock_vm, lock_device, lock_device, bind_to_pciback, bind_to_pciback,
                     switch_rom_on, adopt_domain, start_device_model, write_device_nodes,
                     assign_to_domain, assign_to_domain, write_pci_nodes, release_device_model,
                     await_device_model, publish_serial, unpause}));
}

TEST_CASE("without devices only QEMU and its nodes are added to a toolstack's domain") {
  using enum StepKind;
  const LaunchPlan plan = plan_of(vm_with({}), {});
  CHECK((attached(plan).steps == without_the_building(plan)));
  CHECK((kinds_of(attached(plan)) == std::vector{lock_vm, adopt_domain, start_device_model,
                                                 write_device_nodes, release_device_model,
                                                 await_device_model, publish_serial, unpause}));
}

TEST_CASE("the traditional QEMU of a toolstack's domain is told of the devices as ever") {
  using enum StepKind;
  VmConfig vm = vm_with({igd()});
  vm.device_model.profile = DeviceModelProfile::traditional;
  const LaunchPlan plan = plan_of(vm, {igd()});
  CHECK((attached(plan).steps == without_the_building(plan)));
  CHECK((kinds_of(attached(plan)) == std::vector{lock_vm, lock_device, bind_to_pciback,
                                                 adopt_domain, write_device_nodes, assign_to_domain,
                                                 write_pci_nodes, start_device_model,
                                                 await_device_model, insert_device, unpause}));
}

TEST_CASE("a plan is attached once, however often that is asked for") {
  const LaunchPlan once = attached(plan_of(vm_with({igd()}), {igd()}));
  CHECK((attached(once) == once));
}

TEST_CASE("every step has a name of its own") {
  // Up to the first value that is no step, wherever that is.
  std::vector<std::string_view> names;
  for (int kind = 0; !to_string(static_cast<StepKind>(kind)).empty(); ++kind)
    names.push_back(to_string(static_cast<StepKind>(kind)));
  CHECK(names.size() > static_cast<std::size_t>(StepKind::unpause));
  CHECK(std::set(names.begin(), names.end()).size() == names.size());
}

}  // namespace
}  // namespace xenlaunch::test
