#include "launcher/checks/device_findings.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Findings = std::vector<Finding>;
using Texts = std::vector<std::string>;

const std::string igd_name = "0000:00:02.0";
const std::string system_display = "it is the system display device, and ";
const std::string came_too_late =
    "xen-pciback came too late to take it, see `xenlaunch host doctor`";

PciFunction free_igd() {
  PciFunction function = igd();
  function.driver = "pciback";
  function.reset_methods = {"flr"};
  return function;
}

Gpu gpu_of(const PciFunction& function) {
  return {.function = function,
          .integrated = true,
          .is_system_display_device = true,
          .vendor_is_listed = true,
          .dom0_access = BootState::disabled,
          .host_display = BootState::disabled};
}

/// A host whose integrated GPU is the system display device, and free.
struct Host {
  DeviceFacts facts{.pci = host_with({free_igd()}),
                    .integrated_vendors = {0x8086},
                    .xen = HypervisorInfo{.hvm = true, .iommu = true},
                    .gpus = {gpu_of(free_igd())}};

  PciFunction& function() { return facts.pci.functions.front(); }
  Gpu& gpu() { return facts.gpus.front(); }
  Findings findings() { return findings_of(function(), facts); }
};

Finding of_igd(FindingCode code, const std::string& reason, const std::string& remedy) {
  return {code, igd_name, reason, remedy};
}

const Finding access_enabled =
    of_igd(FindingCode::dom0_has_access, system_display + "dom0 access to it is enabled",
           "run `xenlaunch gpu disable-dom0-access 0000:00:02.0` and reboot the host");
const Finding display_enabled =
    of_igd(FindingCode::host_display_on, system_display + "the display of the host is enabled",
           "run `xenlaunch host disable-display` and reboot the host");

TEST_CASE("of a device that can be passed there is nothing to say") {
  CHECK(Host{}.findings() == Findings{});
  CHECK(supported_vgpu_types({}) == Texts{"passthrough"});
}

TEST_CASE("the host has to offer HVM, an IOMMU and pciback, whatever the device") {
  Host host;
  host.facts.xen = HypervisorInfo{};
  host.facts.pci = {.functions = {sound()}};
  const Findings findings = findings_of(sound(), host.facts);
  CHECK(findings == Findings{no_hvm_finding(),
                             {FindingCode::no_iommu, "host", "Xen uses no IOMMU",
                              "switch on VT-d or AMD-Vi in the firmware setup, and see `xl dmesg` "
                              "for why"},
                             {FindingCode::pciback_missing, "host", "pciback is not there",
                              "load it with `modprobe xen-pciback`"}});
  CHECK(as_refusal(findings[1]).starts_with("cannot pass PCI devices: Xen uses no IOMMU; "));
  CHECK(as_refusal(findings[2])
            .starts_with("cannot take PCI devices from dom0: pciback is not there; load it with "));
  host.facts.xen.reset();
  CHECK(findings_of(sound(), host.facts).size() == 1);
}

TEST_CASE("an IOMMU that Xen's command line switches off is named by its word") {
  const Finding off{FindingCode::no_iommu, "host",
                    "Xen uses no IOMMU, since `iommu=0` on its command line switches it off",
                    "take that from Xen's command line and reboot the host"};
  const DeviceFacts copy{.pci = host_with({sound()}), .iommu_off_word = "iommu=0"};
  CHECK(findings_of(sound(), copy) == Findings{off});
  DeviceFacts here = copy;
  here.xen = HypervisorInfo{.hvm = true};
  CHECK(findings_of(sound(), here) == Findings{off});
  here.xen->iommu = true;  // Xen knows better
  CHECK(findings_of(sound(), here) == Findings{});
}

TEST_CASE("a bridge is passed to nobody, nor what does not answer") {
  PciFunction odd = bridge();
  odd.answers = false;
  CHECK(findings_of(odd, {.pci = host_with({odd})}) ==
        Findings{{FindingCode::bridge, "0000:00:1f.0",
                  "it is a bridge (class 060100), which no guest can be given", ""},
                 {FindingCode::no_answer, "0000:00:1f.0",
                  "it does not answer (its configuration space reads all ones), as a device that "
                  "did not survive a reset or lost its power",
                  "switch the host off and on, which may take more than a reboot"}});
}

TEST_CASE("at 00:02.0 only an Intel VGA controller can be passed") {
  Host host;
  const auto unfit = [](const std::string& what, const std::string& remedy) {
    return of_igd(FindingCode::not_an_intel_vga,
                  "at that address QEMU passes only an Intel VGA controller (class 0300), and it "
                  "is " +
                      what,
                  remedy);
  };
  host.function().class_code = 0x038000;
  CHECK(host.findings() == Findings{unfit("8086:0412, class 038000", "pass another card")});
  host.facts.system_display_device = PciAddress{0, 1, 0, 0};
  CHECK(host.findings() ==
        Findings{unfit("8086:0412, class 038000",
                       "make it the primary card in the firmware setup, or pass another card")});
  host.function().class_code = 0x030000;
  host.function().id.vendor = 0x1002;
  CHECK(host.findings() == Findings{unfit("1002:0412, class 030000", "pass another card")});
  host.function().address = {0, 0, 3, 0};
  CHECK(host.findings() == Findings{});
}

TEST_CASE("at 00:02.0 a video BIOS has to be there, and the remedy is one for that machine") {
  Host host;
  const auto no_bios = [](const std::string& reason, const std::string& remedy) {
    return Findings{of_igd(FindingCode::no_video_bios, reason + ", and QEMU cannot do without",
                           remedy +
                               ", name a file with its video BIOS as `romfile` in the VM file, or "
                               "pass another card")};
  };
  const std::string csm =
      "switch on legacy option ROMs (CSM) in the firmware setup where it has them";
  host.function().has_rom_file = false;
  CHECK(host.findings() == no_bios("it has no video BIOS (`rom` in sysfs), as where the firmware "
                                   "boots by UEFI alone",
                                   csm));
  host.facts.system_display_device = PciAddress{0, 1, 0, 0};
  CHECK(host.findings() == no_bios("it has no video BIOS (`rom` in sysfs), which the firmware "
                                   "leaves in memory only for the primary card",
                                   "make it the primary card in the firmware setup"));
  host.function().has_rom_file = true;
  host.facts.system_display_device = igd_address;
  host.facts.igd_has_video_bios = false;
  CHECK(host.findings() == no_bios("its video BIOS reads as nothing (`rom` in sysfs), as where the "
                                   "firmware boots by UEFI alone",
                                   csm));
  host.facts.with_romfile = {igd_address};
  CHECK(host.findings() == Findings{});
  host.facts.with_romfile.clear();
  host.facts.igd_has_video_bios = true;
  CHECK(host.findings() == Findings{});
}

TEST_CASE("an integrated GPU whose part of the IOMMU Xen leaves off is not behind it") {
  Host host;
  host.facts.igd_left_off = igd_left_off({"a", "x; disabling IGD VT-d engine"});
  REQUIRE(host.findings().size() == 1);
  CHECK(host.findings()[0].code == FindingCode::igd_outside_iommu);
  CHECK(host.findings()[0].reason ==
        "Xen leaves its part of the IOMMU off (\"x; disabling IGD VT-d engine\")");
  CHECK(host.findings()[0].remedy ==
        "switch on VT-d for graphics in the firmware setup, or update the firmware");
  host.facts.igd_left_off = "iommu=no-igfx";
  CHECK(host.findings()[0].reason == "Xen leaves its part of the IOMMU off (\"iommu=no-igfx\")");
  CHECK(host.findings()[0].remedy == "take `no-igfx` from Xen's command line and reboot the host");
  host.facts.igd_left_off = "iommu=igfx=off";
  CHECK(host.findings()[0].remedy == "take that from Xen's command line and reboot the host");
  host.facts.igd_left_off = igd_left_off({"a"});
  CHECK(host.findings() == Findings{});
}

TEST_CASE("the system display device needs dom0's access and the display disabled now") {
  struct Row {
    BootState access, display;
    Findings findings;
  };
  const Finding access_later =
      of_igd(FindingCode::dom0_has_access,
             system_display + "dom0 access to it is disable_on_reboot", "reboot the host");
  const Finding display_later =
      of_igd(FindingCode::host_display_on,
             system_display + "the display of the host is disable_on_reboot", "reboot the host");
  using enum BootState;
  for (const Row& row :
       {Row{enabled, enabled, {access_enabled, display_enabled}},
        Row{disable_on_reboot, disable_on_reboot, {access_later, display_later}},
        Row{disabled, enabled, {display_enabled}}, Row{enabled, disabled, {access_enabled}},
        Row{disabled, disabled, {}}, Row{enable_on_reboot, enable_on_reboot, {}}}) {
    Host host;
    host.gpu().dom0_access = row.access;
    host.gpu().host_display = row.display;
    CHECK(host.findings() == row.findings);
    CHECK(supported_vgpu_types(host.findings()) ==
          (row.findings.empty() ? Texts{"passthrough"} : Texts{}));
    host.gpu().is_system_display_device = false;
    CHECK(host.findings() == Findings{});
  }
}

TEST_CASE("a system display device of a vendor that is not listed cannot be passed") {
  Host host;
  host.gpu().vendor_is_listed = false;
  CHECK(host.findings() ==
        Findings{of_igd(
            FindingCode::vendor_not_listed,
            system_display + "its vendor 8086 is not among system_display_vendors",
            "make another card, if there is one, the primary one in the firmware setup, or add the "
            "vendor in /etc/xenlaunch/host.yaml")});
  CHECK(supported_vgpu_types(host.findings()) == Texts{});
}

TEST_CASE("a GPU that dom0 uses is of the type, but not to be had now") {
  Host host;
  host.gpu().is_system_display_device = false;
  host.gpu().dom0_access = BootState::enabled;
  host.gpu().function.driver = "i915";
  host.gpu().display_use = {"the framebuffer fb0 is on it",
                            "Xorg (process 1) has /dev/dri/card0 open"};
  CHECK(host.findings() ==
        Findings{of_igd(FindingCode::in_use_by_dom0,
                        "dom0 uses it through its driver i915: the framebuffer fb0 is on it and "
                        "Xorg (process 1) has /dev/dri/card0 open",
                        "end what uses it, or run `xenlaunch gpu disable-dom0-access 0000:00:02.0` "
                        "and reboot the host")});
  CHECK(supported_vgpu_types(host.findings()) == Texts{"passthrough"});
  // Without dom0's access to the system display device nothing of dom0 is on it either.
  host.gpu().is_system_display_device = true;
  CHECK(host.findings() == Findings{access_enabled});
}

TEST_CASE("a hidden GPU that a driver of dom0 took all the same is told of") {
  Host host;
  host.gpu().function.driver = "i915";
  host.gpu().display_use = {"the framebuffer fb0 is on it"};
  Finding bound = of_igd(FindingCode::hidden_but_bound,
                         "it is hidden from dom0, but dom0's driver i915 has it", came_too_late);
  const Finding shown =
      of_igd(FindingCode::in_use_by_dom0,
             "dom0 uses it through its driver i915: the framebuffer fb0 is on it", came_too_late);
  CHECK(host.findings() == Findings{bound, shown});
  host.gpu().is_system_display_device = false;
  bound.severity = Severity::warns;
  CHECK(host.findings() == Findings{bound, shown});
}

TEST_CASE("a device that a VM has is not to be had") {
  Host host;
  host.facts.owners = {{{0, 0, 2, 0}, {.domid = 3, .name = "win10"}}};
  CHECK(host.findings() ==
        Findings{of_igd(FindingCode::in_use_by_vm, "win10 (domain 3) has it", "")});
}

TEST_CASE("the firmware's framebuffer keeps a card, whatever else is right") {
  Host host;
  host.gpu().firmware_framebuffer = {{.driver = "efifb", .device = "fb0"}};
  host.gpu().host_display = BootState::disable_on_reboot;
  const auto framebuffer = [](const std::string& remedy) {
    return of_igd(FindingCode::firmware_framebuffer,
                  "dom0 still writes into the firmware's framebuffer on it (fb0, by efifb), as it "
                  "does until a driver of the card's own takes over",
                  remedy);
  };
  host.gpu().is_system_display_device = false;
  CHECK(host.findings() == Findings{framebuffer("reboot the host")});
  host.gpu().host_display = BootState::enabled;
  CHECK(host.findings() ==
        Findings{framebuffer("run `xenlaunch host disable-display` and reboot the host: "
                             "`initcall_blacklist=sysfb_init`, which that puts on dom0's command "
                             "line, frees it as `video=efifb:off` does")});
}

TEST_CASE("a sound device that a program has open is not to be had") {
  const DeviceFacts facts{
      .pci = host_with({sound()}),
      .display_use = {{sound().address, {"pipewire (process 7) has /dev/snd/controlC1 open"}}}};
  CHECK(findings_of(sound(), facts) ==
        Findings{{FindingCode::in_use_by_dom0, "0000:00:03.0",
                  "dom0 uses it through its driver snd_hda_intel: pipewire (process 7) has "
                  "/dev/snd/controlC1 open",
                  "end what uses it"}});
}

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

TEST_CASE("of several devices each finding is told once, and what is not known of the boots") {
  Host host;
  host.facts.pci.pciback_loaded = false;
  host.facts.boot_notes = {"the next boot is not known"};
  const std::vector<PciFunction> functions{host.function(), sound()};
  const Finding missing = findings_of(sound(), host.facts).front();
  CHECK(findings_of(functions, host.facts) == Findings{missing});
  host.gpu().dom0_access = BootState::enabled;
  CHECK(findings_of(functions, host.facts) ==
        Findings{missing,
                 access_enabled,
                 {FindingCode::boot_not_known, "host", "the next boot is not known", "",
                  Severity::unknown}});
}

}  // namespace
}  // namespace xenlaunch::test
