#include "launcher/plan/guest_slots.h"

#include "launcher/plan/guest_memory.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Placed = std::vector<PassthroughSpec>;

std::vector<PlannedDevice> planned(const std::vector<PciFunction>& functions) {
  std::vector<PlannedDevice> devices;
  for (const PciFunction& function : functions)
    devices.push_back({function, is_integrated_gpu(function, {0x8086})});
  return devices;
}

Placed place(const std::vector<PciFunction>& functions, const std::set<std::uint8_t>& taken = {}) {
  return place_in_guest(planned(functions), vm_with(functions).pci, taken);
}

/// Function `function` of the integrated GPU's host device.
PciFunction igd_function(std::uint8_t function, std::uint32_t class_code) {
  return function_at({0, 0, 2, function}, {0x8086, 0x0413}, class_code);
}

TEST_CASE(
    "an integrated GPU goes to slot 02, every other device to 06 and up in the file's order") {
  CHECK(place({}).empty());
  CHECK(place({card(0), igd(), sound()}) == Placed{{.host = {0, 1, 0, 0}, .slot = 6},
                                                   {.host = {0, 0, 2, 0}, .slot = 2},
                                                   {.host = {0, 0, 3, 0}, .slot = 7}});
}

TEST_CASE("slot 02 is for the one that QEMU takes for Intel's: at 00:02.0") {
  PciFunction elsewhere = igd();
  elsewhere.address = {0, 0, 3, 0};
  CHECK(place({elsewhere}) == Placed{{.host = {0, 0, 3, 0}, .slot = 6}});
}

TEST_CASE("functions of one device share a slot when function 0 is among them") {
  const PassthroughSpec first{
      .host = {0, 1, 0, 0}, .slot = 6, .function = 0, .multifunction = true};
  const PassthroughSpec second{.host = {0, 1, 0, 1}, .slot = 6, .function = 1};
  CHECK(place({card(0), card(1)}) == Placed{first, second});
  CHECK(place({card(1), card(0)}) == Placed{second, first});
}

TEST_CASE("a device stays in the slot that the VM file gives it, and the others go around it") {
  VmConfig vm = vm_with({sound(), card(0), card(1)});
  vm.pci[1].slot = 6;
  CHECK(place_in_guest(planned({sound(), card(0), card(1)}), vm.pci) ==
        Placed{{.host = {0, 0, 3, 0}, .slot = 7},
               {.host = {0, 1, 0, 0}, .slot = 6, .multifunction = true},
               {.host = {0, 1, 0, 1}, .slot = 6, .function = 1}});
}

TEST_CASE("a slot that cannot be is refused") {
  const auto refusal = [](const std::vector<PciFunction>& functions,
                          const std::vector<std::optional<std::uint8_t>>& slots) {
    VmConfig vm = vm_with(functions);
    for (std::size_t i = 0; i < slots.size(); ++i) vm.pci[i].slot = slots[i];
    return error_of([&] { place_in_guest(planned(functions), vm.pci); });
  };
  CHECK(refusal({card(0), card(1)}, {7, 8}) ==
        "3: cannot place 0000:01:00.1 in the guest: functions of one device share a slot, and the "
        "VM file gives them two; name one slot");
  CHECK(refusal({card(1), card(2)}, {7, 7}) ==
        "3: cannot place 0000:01:00.2 in slot 07 of the guest: another device is there, and only "
        "functions of a device that goes along with its function 0 share one; name another slot");
  CHECK(refusal({igd()}, {9}) ==
        "3: cannot place 0000:00:02.0 in slot 09 of the guest: drivers look for an integrated GPU "
        "in slot 02; remove slot");
}

TEST_CASE("functions without function 0 each have a slot of their own") {
  CHECK(place({card(1)}) == Placed{{.host = {0, 1, 0, 1}, .slot = 6}});
  CHECK(place({card(1), card(2)}) ==
        Placed{{.host = {0, 1, 0, 1}, .slot = 6}, {.host = {0, 1, 0, 2}, .slot = 7}});
}

TEST_CASE("a lone function 0 is no multifunction device") {
  CHECK(place({card(0)}) == Placed{{.host = {0, 1, 0, 0}, .slot = 6}});
}

TEST_CASE("equal device numbers on other buses and segments do not share a slot") {
  const PciFunction other_bus = function_at({0, 2, 0, 1}, {0x10de, 1}, 0x040300);
  const PciFunction other_segment = function_at({1, 1, 0, 1}, {0x10de, 1}, 0x040300);
  CHECK(place({card(0), other_bus, other_segment}) == Placed{{.host = {0, 1, 0, 0}, .slot = 6},
                                                             {.host = {0, 2, 0, 1}, .slot = 7},
                                                             {.host = {1, 1, 0, 1}, .slot = 8}});
  // Of more than 16 bits, as Linux has them behind Intel's VMD.
  const PciFunction far = function_at({0x10000, 1, 0, 1}, {0x10de, 1}, 0x040300);
  CHECK(place({card(0), far}) ==
        Placed{{.host = {0, 1, 0, 0}, .slot = 6}, {.host = {0x10000, 1, 0, 1}, .slot = 7}});
}

TEST_CASE("of two integrated GPUs the first has slot 02") {
  const PciFunction second = function_at({0, 0, 4, 0}, {0x8086, 1}, 0x038000);
  CHECK(place({igd(), second}) ==
        Placed{{.host = {0, 0, 2, 0}, .slot = 2}, {.host = {0, 0, 4, 0}, .slot = 6}});
}

TEST_CASE("the functions beside an integrated GPU share slot 02 with it, whatever their order") {
  for (const std::uint32_t class_code : {0x038000U, 0x040300U}) {
    const PciFunction beside = igd_function(1, class_code);
    const PassthroughSpec gpu{.host = {0, 0, 2, 0}, .slot = 2, .multifunction = true};
    const PassthroughSpec other{.host = {0, 0, 2, 1}, .slot = 2, .function = 1};
    CHECK(place({igd(), beside}) == Placed{gpu, other});
    CHECK(place({beside, igd()}) == Placed{other, gpu});
  }
}

TEST_CASE("permissive is passed on to the device it was given for") {
  VmConfig vm = vm_with({igd(), sound()});
  vm.pci[1].permissive = true;
  CHECK(place_in_guest(planned({igd(), sound()}), vm.pci, {}) ==
        Placed{{.host = {0, 0, 2, 0}, .slot = 2},
               {.host = {0, 0, 3, 0}, .slot = 6, .permissive = true}});
}

TEST_CASE("25 devices have room in the guest, a 26th is refused") {
  std::vector<PciFunction> many;
  for (std::uint8_t bus = 1; bus <= 25; ++bus)
    many.push_back(function_at({0, bus, 0, 0}, {1, 1}, 0x020000));
  CHECK(place(many).back() == PassthroughSpec{.host = {0, 25, 0, 0}, .slot = 0x1e});
  many.push_back(igd());
  CHECK(place(many).back() == PassthroughSpec{.host = {0, 0, 2, 0}, .slot = 2});
  many.push_back(function_at({0, 26, 0, 0}, {1, 1}, 0x020000));
  CHECK(error_of([&] { place(many); }) ==
        "3: cannot place 0000:1a:00.0 in the guest: its PCI bus has room for 25 devices; pass "
        "fewer");
}

TEST_CASE("passed devices keep clear of the controllers of disks") {
  const std::vector<DiskConfig> disks{{.image = "/a", .target = "hda"},
                                      {.image = "/b", .target = "sda"},
                                      {.image = "/c", .target = "nvme0"},
                                      {.image = "/d", .target = "xvdb"},
                                      {.image = "/e", .target = "nvme7"}};
  const std::vector<std::uint8_t> taken = slots_of_disks(disks);
  CHECK((taken == std::vector<std::uint8_t>{0x1d, 0x14, 0x0d}));
  std::vector<PciFunction> many;
  for (std::uint8_t bus = 1; bus <= 22; ++bus)
    many.push_back(function_at({0, bus, 0, 0}, {1, 1}, 0x020000));
  const Placed placed =
      place_in_guest(planned(many), vm_with(many).pci, {taken.begin(), taken.end()});
  CHECK(placed[6].slot == 0x0c);
  CHECK(placed[7].slot == 0x0e);
  CHECK(placed.back().slot == 0x1e);
  many.push_back(function_at({0, 26, 0, 0}, {1, 1}, 0x020000));
  CHECK(error_of([&] {
          place_in_guest(planned(many), vm_with(many).pci, {taken.begin(), taken.end()});
        }) ==
        "3: cannot place 0000:1a:00.0 in the guest: its PCI bus has room for 22 devices; pass "
        "fewer");
}

PciFunction with_bar(std::uint64_t size, std::uint64_t flags) {
  PciFunction function = card(0);
  function.resources[1] = {.start = 0xe0000000, .size = size, .flags = flags};
  return function;
}

TEST_CASE("the hole below 4 GiB doubles until the 32-bit BARs fit, up to 2 GiB") {
  const auto hole_for = [](std::uint64_t size_mib) {
    return mmio_hole_mib(planned({with_bar(size_mib * mib, memory_32bit)}));
  };
  CHECK(mmio_hole_mib({}) == 256);
  CHECK(hole_for(128) == 256);
  CHECK(hole_for(192) == 256);  // with the 64 MiB of emulated devices exactly full
  CHECK(hole_for(193) == 512);
  CHECK(hole_for(512) == 1024);
  CHECK(hole_for(1024) == 2048);
  CHECK(hole_for(1984) == 2048);
  CHECK_THROWS_WITH_AS(
      hole_for(1985),
      "cannot give the guest these devices together: their 32-bit BARs take 2049 MiB below 4 GiB, "
      "where there is room for 2 GiB; pass fewer",
      Error);
}

TEST_CASE("64-bit BARs and I/O ports need no room in the hole") {
  CHECK(mmio_hole_mib(planned({with_bar(1024 * mib, memory_64bit)})) == 256);
  CHECK(mmio_hole_mib(planned({with_bar(1024 * mib, 0x100)})) == 256);
}

TEST_CASE("the domain may have 1 MiB and every passed ROM beyond its memory") {
  CHECK(slack_kib({}, {}) == 1024);
  CHECK(slack_kib(planned({sound()}), {}) == 1024);
  CHECK(slack_kib(planned({igd(), sound(), igd()}), {}) == 1024 + 2 * 128);
  CHECK(slack_kib({}, {{.index = 0}, {.index = 1, .has_boot_rom = false}}) == 1024 + 512);
}

}  // namespace
}  // namespace xenlaunch::test
