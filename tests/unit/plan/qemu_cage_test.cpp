#include "launcher/plan/qemu_cage.h"

#include <doctest/doctest.h>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("QEMU is in dom0's network only where something of it has to be") {
  const auto needs = [](auto change) {
    VmConfig vm = vm_with({});
    change(vm);
    return needs_network(plan_of(vm, {}));
  };
  CHECK_FALSE(needs([](VmConfig&) {}));
  CHECK_FALSE(needs([](VmConfig& vm) { vm.vnc = VncConfig{.socket = "/srv/vnc"}; }));
  CHECK_FALSE(
      needs([](VmConfig& vm) { vm.nics = {{.bridge = "xenbr0", .model = NicModel::none}}; }));
  CHECK(needs([](VmConfig& vm) { vm.vnc = VncConfig{}; }));
  CHECK(needs([](VmConfig& vm) { vm.spice = SpiceConfig{}; }));
  CHECK(needs([](VmConfig& vm) { vm.nics = {{.bridge = "xenbr0"}}; }));
  CHECK(needs([](VmConfig& vm) { vm.device_model.extra_args = {"-d", "guest_errors"}; }));
}

TEST_CASE("the plan says what QEMU is kept from") {
  VmConfig vm = vm_with({});
  CHECK(planned_confinement(plan_of(vm, {})) ==
        Names{"files", "system_calls", "privileges", "ipc", "network"});
  vm.vnc = VncConfig{};
  CHECK(planned_confinement(plan_of(vm, {})) ==
        Names{"files", "system_calls", "privileges", "ipc"});
  CHECK(describe_confinement(planned_confinement(plan_of(vm, {}))) ==
        "confined: files, system calls, privileges, IPC");
  vm.device_model.confined = false;
  CHECK(planned_confinement(plan_of(vm, {})).empty());
  CHECK(describe_confinement({}) == "not confined");
}

}  // namespace
}  // namespace xenlaunch::test
