// What is found of a card and of what is beside it.
#include "launcher/checks/device_findings.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Findings = std::vector<Finding>;

/// A card's graphics function, which can be reset.
PciFunction resettable_card() {
  PciFunction function = card(0);
  function.reset_methods = {"flr"};
  return function;
}

Finding of_card(FindingCode code, const std::string& reason, const std::string& remedy,
                Severity severity = Severity::blocks) {
  return {code, "0000:01:00.0", reason, remedy, severity};
}

TEST_CASE("a reset that the VM file names, and that the device does not have, blocks a start") {
  PciFunction function = card(0);
  function.reset_methods = {"flr", "pm"};
  DeviceFacts facts;
  facts.pci.pciback_loaded = true;
  const auto reason = [&](const std::string& method) {
    facts.chosen_resets = {{function.address, method}};
    const std::vector<Finding> found = findings_of(function, facts);
    const auto one = std::ranges::find(found, FindingCode::no_reset, &Finding::code);
    return one == found.end() ? std::string{} : to_string(one->severity) + ": " + one->reason;
  };
  CHECK(reason("pm") == "");
  CHECK(reason("bus") == "blocks: it cannot be reset by bus, only by flr and pm");
  function.reset_methods = {unnamed_reset};
  CHECK(reason("bus") ==
        "blocks: this kernel lets nobody choose how it is reset (those since 5.15 do)");
  function.reset_methods.clear();
  CHECK(reason("bus") == "blocks: it cannot be reset by bus, nor in any other way");
}

TEST_CASE("a card that cannot be reset, or by unknown means, is a warning and not known") {
  CHECK(findings_of(card(0), {.pci = host_with({card(0)})}) ==
        Findings{of_card(
            FindingCode::no_reset,
            "it cannot be reset, since the kernel knows no way to do so, and a second start of a "
            "VM with it may fail",
            "shut the guest down properly rather than destroying it, and reboot the host if the "
            "card does not work at the next start",
            Severity::warns)});
  PciFunction old_kernel = card(0);
  old_kernel.reset_methods = {unnamed_reset};
  CHECK(findings_of(old_kernel, {.pci = host_with({old_kernel})}) ==
        Findings{of_card(
            FindingCode::no_reset,
            "it is reset by unknown means, which this kernel does not name (those since 5.15 do), "
            "so whether a second start of a VM with it works is not known",
            "reboot the host if the card does not work at the next start", Severity::unknown)});
}

TEST_CASE("a companion that does not go along is a warning, and nothing else of the device is") {
  const PciFunction gpu = resettable_card();
  PciFunction of_platform = function_at({0, 1, 0, 3}, {0x1022, 1}, 0x0c0330);
  const DeviceFacts facts{.pci = host_with({gpu, card(1), of_platform})};
  CHECK(findings_of(gpu, facts) ==
        Findings{of_card(FindingCode::shares_device,
                         "0000:01:00.1 (audio) is part of the same card: drivers in the guest may "
                         "want it, and functions of one device can reach each other past the IOMMU",
                         "list 0000:01:00.1 under pci in the VM file, beside 0000:01:00.0",
                         Severity::warns)});
  DeviceFacts both = facts;
  both.together = {gpu.address, card(1).address};
  CHECK(findings_of(gpu, both) == Findings{});
  CHECK(findings_of(card(1), facts) == Findings{});
}

PciFunction port_to(std::uint8_t bus, const PciAddress& address) {
  PciFunction port = function_at(address, {0x8086, 0x4fa4}, 0x060400);
  port.secondary_bus = bus;
  return port;
}

TEST_CASE("the sound of a card of Intel's, behind another port of its switch, is a companion") {
  PciFunction gpu = function_at({0, 3, 0, 0}, {0x8086, 0x56a0}, 0x030000);
  gpu.reset_methods = {"flr"};
  const PciFunction sound_of_it = function_at({0, 4, 0, 0}, {0x8086, 0x4f90}, 0x040300);
  const PciFunction sound_of_board = function_at({0, 0, 0x1f, 3}, {0x8086, 0xa170}, 0x040300);
  DeviceFacts facts{.pci = host_with({port_to(1, {0, 0, 1, 0}), port_to(2, {0, 1, 0, 0}),
                                      port_to(3, {0, 2, 1, 0}), port_to(4, {0, 2, 4, 0}), gpu,
                                      sound_of_it, sound_of_board})};
  CHECK(findings_of(gpu, facts) ==
        Findings{{FindingCode::shares_device, "0000:03:00.0",
                  "0000:04:00.0 (audio) is part of the same card: drivers in the guest may want it",
                  "list 0000:04:00.0 under pci in the VM file, beside 0000:03:00.0",
                  Severity::warns}});
  // Two cards in two slots have ports, too, but none of a switch.
  facts.pci = host_with({port_to(3, {0, 0, 1, 0}), port_to(4, {0, 0, 2, 0}), gpu, sound_of_it});
  CHECK(findings_of(gpu, facts) == Findings{});
  gpu.id.vendor = 0x10de;
  facts.pci = host_with({port_to(3, {0, 2, 1, 0}), port_to(4, {0, 2, 4, 0}), gpu, sound_of_it});
  CHECK(findings_of(gpu, facts) == Findings{});
}

TEST_CASE("a card that shares reserved memory with the host is passed to nobody") {
  const PciFunction gpu = resettable_card();
  const DeviceFacts facts{
      .pci = host_with({gpu}),
      .reserved_regions = {{0x1000, 0x1fff, {{0, 0, 0x14, 0}, {0, 1, 0, 0}}, 3}},
      .together = {gpu.address, {0, 0, 0x14, 0}},
      .relaxed = {gpu.address, {0, 0, 0x14, 0}}};
  CHECK(findings_of(gpu, facts) ==
        Findings{of_card(
            FindingCode::shares_reserved_memory,
            "the firmware's reserved memory 0x1000 to 0x1fff is for it and for the host's own "
            "0000:00:14.0, so Xen does not pass it",
            "take its slot out of what shares that memory, in the setup of the maker's firmware "
            "(on HPE ProLiant: shared memory features of the slot, or `conrep` with "
            "Endpoints_Excluded), or put the card into another slot")});
}

TEST_CASE("a card that shares reserved memory with its own functions needs the relaxed policy") {
  const PciFunction gpu = resettable_card();
  DeviceFacts facts{.pci = host_with({gpu, card(1)}),
                    .reserved_regions = {{0x1000, 0x1fff, {{0, 1, 0, 0}, {0, 1, 0, 1}}, 2}}};
  const auto memory = [](Severity severity) {
    return of_card(FindingCode::shares_reserved_memory,
                   "the firmware's reserved memory 0x1000 to 0x1fff is for it and for "
                   "0000:01:00.1, so Xen passes it only with the policy relaxed",
                   "pass 0000:01:00.1 to the same VM, each with `rdm_policy: relaxed`", severity);
  };
  CHECK(findings_of(gpu, facts).back() == memory(Severity::warns));
  facts.together = {gpu.address, card(1).address};
  CHECK(findings_of(gpu, facts) == Findings{memory(Severity::blocks)});
  facts.relaxed = facts.together;
  CHECK(findings_of(gpu, facts) == Findings{});
  // Alone in the scope, or the only one of it that is there.
  facts = {.pci = host_with({gpu}), .reserved_regions = {{0x1000, 0x1fff, {{0, 1, 0, 0}}, 1}}};
  CHECK(findings_of(gpu, facts) == Findings{});
  facts.reserved_regions[0].scopes = 2;
  facts.together = {gpu.address};
  CHECK(findings_of(gpu, facts) ==
        Findings{of_card(FindingCode::shares_reserved_memory,
                         "the firmware's reserved memory 0x1000 to 0x1fff is for it and for "
                         "functions that are not there, so Xen passes it only with the policy "
                         "relaxed",
                         "give it `rdm_policy: relaxed` in the VM file")});
}

TEST_CASE("of other devices that share reserved memory all go along, or none") {
  const PciFunction usb = function_at({0, 0, 0x1a, 0}, {0x8086, 1}, 0x0c0320);
  const PciAddress other{0, 0, 0x1d, 0};
  DeviceFacts facts{.pci = host_with({usb}),
                    .reserved_regions = {{0x1000, 0x1fff, {usb.address, other}, 2}}};
  Finding refused{FindingCode::shares_reserved_memory, "0000:00:1a.0",
                  "the firmware's reserved memory 0x1000 to 0x1fff is for it and for the host's "
                  "own 0000:00:1d.0, so Xen does not pass it",
                  "pass another device"};
  facts.together = {usb.address};
  CHECK(findings_of(usb, facts) == Findings{refused});
  facts.together = {usb.address, other};
  facts.relaxed = facts.together;
  CHECK(findings_of(usb, facts) == Findings{});
  facts.together.clear();  // it is only to be taken from dom0
  facts.relaxed.clear();
  refused.severity = Severity::warns;
  CHECK(findings_of(usb, facts) == Findings{refused});
}

TEST_CASE("a physical function whose virtual functions are in use stays") {
  const PciFunction physical = resettable_card();
  PciFunction held = function_at({0, 1, 0, 4}, {0x10de, 1}, 0x030000);
  held.physical_function = physical.address;
  held.driver = "pciback";
  PciFunction free = held;
  free.address.function = 5;
  free.driver.reset();
  PciFunction of_vm = held;
  of_vm.address.function = 6;
  DeviceFacts facts{.pci = host_with({physical, held, free, of_vm}),
                    .owners = {{of_vm.address, {.domid = 3, .name = "win10"}}}};
  CHECK(findings_of(physical, facts) ==
        Findings{of_card(FindingCode::virtual_functions_in_use,
                         "its virtual functions 0000:01:00.4 (pciback) and 0000:01:00.6 (win10 "
                         "(domain 3)) are in use, and would be gone with it",
                         "pass one of those instead, or end what has them and run `echo 0 > "
                         "/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs`")});
  CHECK(findings_of(held, facts) == Findings{});
  facts.pci = host_with({physical, free});
  CHECK(findings_of(physical, facts) == Findings{});
}

TEST_CASE("a second display function goes along with the first one, and never alone") {
  PciFunction second = function_at({0, 0, 2, 1}, {0x8086, 0x0412}, 0x038000);
  second.is_second_display = true;
  DeviceFacts facts{.pci = host_with({igd(), second}), .integrated_vendors = {0x8086}};
  CHECK(findings_of(second, facts) ==
        Findings{{FindingCode::second_display, "0000:00:02.1",
                  "it is the second display function of 0000:00:02.0, and no graphics card of its "
                  "own",
                  "pass 0000:00:02.0, and this one beside it"}});
  facts.together = {igd_address, second.address};
  CHECK(findings_of(second, facts) == Findings{});
}

TEST_CASE("what lies behind Intel's VMD cannot be passed, nor VMD while something is") {
  const PciFunction disk = function_at({0x10000, 0xe1, 0, 0}, {0x144d, 1}, 0x010802);
  PciFunction vmd = function_at({0, 0, 0xe, 0}, {0x8086, 0x9a0b}, 0x010400);
  vmd.driver = vmd_driver;
  DeviceFacts facts{.pci = host_with({vmd, disk})};
  CHECK(findings_of(disk, facts) ==
        Findings{{FindingCode::segment_beyond_xen, "10000:e1:00.0",
                  "it lies behind a volume management device (Intel VMD), in a PCI domain of Linux "
                  "that Xen has no number for",
                  "switch VMD off in the firmware setup, at least for its slot; an operating "
                  "system that was installed with VMD on may not find its disks then"}});
  CHECK(findings_of(vmd, facts) ==
        Findings{{FindingCode::devices_behind_it, "0000:00:0e.0",
                  "it is a volume management device (Intel VMD), and dom0 has 10000:e1:00.0 behind "
                  "it",
                  "pass another device, or switch VMD off in the firmware setup, which gives each "
                  "of them an address of its own"}});
  facts.pci = host_with({vmd});
  CHECK(findings_of(vmd, facts) == Findings{});
}

}  // namespace
}  // namespace xenlaunch::test
