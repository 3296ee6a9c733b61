#include "launcher/plan/primary_card.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

PciFunction gpu_at(std::uint8_t bus, std::uint32_t class_code = 0x030000) {
  return function_at({0, bus, 0, 0}, {0x10de, 0x1b80}, class_code);
}

std::string primary_of(const VmConfig& vm, const std::vector<PciFunction>& functions) {
  const auto card = primary_card(plan_of(vm, functions));
  return card ? to_string(*card) : "none";
}

TEST_CASE("the emulated card is the primary one, in whatever slot the others are") {
  const std::vector<PciFunction> cards{gpu_at(1), gpu_at(2)};
  VmConfig vm = vm_with(cards);
  CHECK(primary_of(vm, cards) == "the emulated Cirrus (guest 04.0)");
  vm.platform_vga = Vga::standard;
  CHECK(primary_of(vm, cards) == "the emulated Standard_VGA (guest 04.0)");
}

TEST_CASE("of passed cards alone the VGA controller in the lowest slot is the primary one") {
  std::vector<PciFunction> cards{gpu_at(1), gpu_at(2)};
  VmConfig vm = vm_with(cards);
  vm.platform_vga = Vga::none;
  CHECK(primary_of(vm, cards) == "0000:01:00.0 (guest 06.0)");
  vm.pci[0].slot = 0x0a;
  CHECK(primary_of(vm, cards) == "0000:02:00.0 (guest 06.0)");
  vm.pci[1].slot = 0x0b;
  CHECK(primary_of(vm, cards) == "0000:01:00.0 (guest 0a.0)");

  cards[0] = gpu_at(1, 0x030200);  // a 3D controller
  CHECK(primary_of(vm, cards) == "0000:02:00.0 (guest 0b.0)");
  cards[1] = gpu_at(2, 0x038000);
  CHECK(primary_of(vm, cards) == "none");
}

TEST_CASE("an integrated GPU is the primary card beside any other") {
  const std::vector<PciFunction> cards{card(0), igd()};
  CHECK(primary_of(vm_with(cards), cards) == "0000:00:02.0 (guest 02.0)");
}

TEST_CASE("where the traditional QEMU places cards is not known") {
  VmConfig vm = vm_with({});
  vm.device_model.profile = DeviceModelProfile::traditional;
  CHECK(primary_of(vm, {}) == "none");
}

}  // namespace
}  // namespace xenlaunch::test
