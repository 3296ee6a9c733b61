#include "launcher/gpu/gpu.h"

#include <doctest/doctest.h>

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Texts = std::vector<std::string>;

const PciAddress igd_address{0, 0, 2, 0};
const PciAddress card_address{0, 1, 0, 0};
const std::string system_display = "It is the system display device, and ";

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
const BootLines hidden_lines{.xen = "console=vga",
                             .dom0 = "console=tty0 xen-pciback.hide=(00:02.0)"};
const BootLines dark_lines{.xen = "console=com1", .dom0 = "console=hvc0"};
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
  const Gpu gpu = only_gpu(facts());
  CHECK((gpu ==
         Gpu{.function = display_controller(igd_address, 0x8086),
             .integrated = true,
             .is_system_display_device = true,
             .dom0_access = BootState::enabled,
             .supported_vgpu_types = {},
             .why_not = {
                 system_display + "dom0 access to it is enabled; run `xenlaunch gpu "
                                  "disable-dom0-access 0000:00:02.0` "
                                  "and reboot the host.",
                 system_display +
                     "the display of the host is enabled; run `xenlaunch host disable-display` and "
                     "reboot the host."}}));
}

TEST_CASE(
    "the system display device can be passed only with dom0 access and display disabled now") {
  struct Row {
    BootLines running, next;
    std::size_t reasons;
  };
  for (const Row& row : {Row{open_lines, open_lines, 2}, Row{open_lines, closed_lines, 2},
                         Row{hidden_lines, hidden_lines, 1}, Row{dark_lines, dark_lines, 1},
                         Row{closed_lines, closed_lines, 0}, Row{closed_lines, open_lines, 0}}) {
    GpuFacts host = facts(row.running, row.next);
    host.pci.functions.front().driver = "pciback";
    const Gpu gpu = only_gpu(host);
    CAPTURE(row.running.dom0);
    CAPTURE(row.next.dom0);
    CHECK(gpu.why_not.size() == row.reasons);
    CHECK(gpu.supported_vgpu_types == (row.reasons == 0 ? Texts{"passthrough"} : Texts{}));
  }
}

TEST_CASE("what is missing is what is said: commands, or only the reboot") {
  CHECK(only_gpu(facts(open_lines, closed_lines)).why_not ==
        Texts{system_display + "dom0 access to it is disable_on_reboot; reboot the host.",
              system_display + "the display of the host is disable_on_reboot; reboot the host."});
}

TEST_CASE("a system display device of a vendor that is not listed cannot be passed") {
  GpuFacts host = facts(closed_lines, closed_lines);
  host.pci.functions.front().driver = "pciback";
  host.system_display_vendors = {0x1002};
  CHECK(only_gpu(host).why_not ==
        Texts{system_display + "its vendor 8086 is not among system_display_vendors; make another "
                               "card the primary one in the firmware "
                               "setup, or add the vendor in /etc/xenlaunch/host.yaml."});
  CHECK(only_gpu(host).supported_vgpu_types == Texts{});
}

TEST_CASE("every other GPU can be passed, whatever the states and its vendor") {
  GpuFacts host = facts();
  host.pci.functions.push_back(display_controller(card_address, 0x1a03));
  const Gpu card = list_gpus(host).at(1);
  CHECK_FALSE(card.is_system_display_device);
  CHECK_FALSE(card.integrated);
  CHECK(card.supported_vgpu_types == Texts{"passthrough"});
  CHECK(card.why_not == Texts{});
  host.system_display_device = std::nullopt;
  CHECK(list_gpus(host).at(0).supported_vgpu_types == Texts{"passthrough"});
}

TEST_CASE("a GPU that dom0 shows something on is of the type, but not to be had now") {
  GpuFacts host = facts();
  host.system_display_device = std::nullopt;
  host.display_use = {
      {igd_address, {"the framebuffer fb0 is on it", "Xorg (process 1) has /dev/dri/card0 open"}}};
  const Gpu gpu = only_gpu(host);
  CHECK(gpu.supported_vgpu_types == Texts{"passthrough"});
  CHECK(gpu.why_not == Texts{"Dom0's driver i915 shows something on it: the framebuffer fb0 is on "
                             "it, and Xorg (process 1) has "
                             "/dev/dri/card0 open; end what uses it, or run `xenlaunch gpu "
                             "disable-dom0-access 0000:00:02.0` and reboot "
                             "the host."});
}

TEST_CASE("what dom0 shows on the system display device goes with dom0's access to it") {
  GpuFacts host = facts();
  const std::vector<std::string> reasons = only_gpu(host).why_not;
  host.display_use = {{igd_address, {"the framebuffer fb0 is on it"}}};
  CHECK(only_gpu(host).why_not == reasons);
  host.running = closed_lines;
  host.pci.functions.front().driver = "pciback";
  CHECK(only_gpu(host).why_not.size() == 1);
}

TEST_CASE(
    "a hidden system display device that a driver of dom0 took all the same is not to be had") {
  GpuFacts host = facts(closed_lines, closed_lines);
  host.display_use = {{igd_address, {"the framebuffer fb0 is on it"}}};
  const std::string remedy = "; xen-pciback came too late to take it, see `xenlaunch host doctor`.";
  CHECK(only_gpu(host).why_not ==
        Texts{"It is hidden from dom0, but dom0's driver i915 has it" + remedy,
              "Dom0's driver i915 shows something on it: the framebuffer fb0 is on it" + remedy});
}

TEST_CASE("VFs and other devices are no GPUs") {
  GpuFacts host = facts();
  host.pci.functions.front().is_virtual_function = true;
  CHECK(list_gpus(host).empty());
  host.pci.functions.front().is_virtual_function = false;
  host.pci.functions.front().class_code = 0x020000;
  CHECK(list_gpus(host).empty());
}

}  // namespace
}  // namespace xenlaunch::test
