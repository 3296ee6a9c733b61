#include "launcher/gpu/gpu.h"

#include <doctest/doctest.h>

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

const PciAddress card_address{0, 1, 0, 0};

PciFunction display_controller(const PciAddress& address, std::uint16_t vendor) {
  PciFunction function;
  function.address = address;
  function.id = {vendor, 0x0412};
  function.class_code = 0x030000;
  function.driver = "i915";
  return function;
}

/// The two hosts' lines of each state.
const BootLines open_lines{.xen = "console=vga", .dom0 = "console=tty0"};
const BootLines closed_lines{.xen = "console=com1",
                             .dom0 = "console=hvc0 xen-pciback.hide=(00:02.0)"};

GpuFacts facts(const BootLines& running = open_lines, const BootLines& next = open_lines) {
  return {.pci = {.functions = {display_controller(igd_address, 0x8086)}, .pciback_loaded = true},
          .system_display_device = igd_address,
          .running = running,
          .next = next,
          .display_use = {},
          .integrated_vendors = {0x8086},
          .system_display_vendors = {0x8086}};
}

Gpu only_gpu(const GpuFacts& host) {
  const std::vector<Gpu> gpus = list_gpus(host);
  REQUIRE(gpus.size() == 1);
  return gpus.front();
}

TEST_CASE("a GPU is told whole") {
  GpuFacts host = facts(open_lines, closed_lines);
  host.display_use = {{igd_address, {"the framebuffer fb0 is on it"}}};
  CHECK((only_gpu(host) == Gpu{.function = display_controller(igd_address, 0x8086),
                               .integrated = true,
                               .is_system_display_device = true,
                               .vendor_is_listed = true,
                               .dom0_access = BootState::disable_on_reboot,
                               .host_display = BootState::disable_on_reboot,
                               .display_use = {"the framebuffer fb0 is on it"}}));
}

TEST_CASE("a GPU has the states of its own lines, and the vendor's place on the list") {
  GpuFacts host = facts(closed_lines, closed_lines);
  host.pci.functions.push_back(display_controller(card_address, 0x1a03));
  host.system_display_vendors = {0x1a03};
  const std::vector<Gpu> gpus = list_gpus(host);
  CHECK((gpus == std::vector<Gpu>{{.function = display_controller(igd_address, 0x8086),
                                   .integrated = true,
                                   .is_system_display_device = true,
                                   .dom0_access = BootState::disabled,
                                   .host_display = BootState::disabled},
                                  {.function = display_controller(card_address, 0x1a03),
                                   .vendor_is_listed = true,
                                   .dom0_access = BootState::enabled,
                                   .host_display = BootState::disabled}}));
}

TEST_CASE("VFs and other devices are no GPUs") {
  GpuFacts host = facts();
  host.pci.functions.front().physical_function = card_address;
  CHECK(list_gpus(host).empty());
  host.pci.functions.front().physical_function.reset();
  host.pci.functions.front().class_code = 0x020000;
  CHECK(list_gpus(host).empty());
}

}  // namespace
}  // namespace xenlaunch::test
