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
                              "switch on VT-d or AMD-Vi in the firmware setup, remove iommu=off "
                              "from Xen's command line, and see `xl dmesg` for why"},
                             {FindingCode::pciback_missing, "host", "pciback is not there",
                              "load it with `modprobe xen-pciback`"}});
  CHECK(as_refusal(findings[1]).starts_with("cannot pass PCI devices: Xen uses no IOMMU; "));
  CHECK(as_refusal(findings[2])
            .starts_with("cannot take PCI devices from dom0: pciback is not there; load it with "));
  host.facts.xen.reset();
  CHECK(findings_of(sound(), host.facts).size() == 1);
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

TEST_CASE("at 00:02.0 only an Intel VGA controller with a video BIOS can be passed") {
  Host host;
  host.function().has_rom_file = false;
  CHECK(host.findings() ==
        Findings{of_igd(FindingCode::no_video_bios,
                        "it has no video BIOS (no `rom` in sysfs), and QEMU cannot do without",
                        "switch on legacy option ROMs (CSM) in the firmware setup: a host that "
                        "boots by UEFI alone keeps none")});
  const auto unfit = [](const std::string& what) {
    return of_igd(FindingCode::not_an_intel_vga,
                  "at that address QEMU passes only an Intel VGA controller (class 0300), and it "
                  "is " +
                      what,
                  "pass another card");
  };
  host.function().class_code = 0x038000;
  CHECK(host.findings() == Findings{unfit("8086:0412, class 038000")});
  host.function().class_code = 0x030000;
  host.function().id.vendor = 0x1002;
  CHECK(host.findings() == Findings{unfit("1002:0412, class 030000")});
  host.function().address = {0, 0, 3, 0};
  CHECK(host.findings() == Findings{});
}

TEST_CASE("an integrated GPU whose part of the IOMMU Xen leaves off is not behind it") {
  Host host;
  host.facts.igd_left_off = igd_left_off({"a", "x; disabling IGD VT-d engine"});
  REQUIRE(host.findings().size() == 1);
  CHECK(host.findings()[0].code == FindingCode::igd_outside_iommu);
  CHECK(host.findings()[0].reason ==
        "Xen leaves its part of the IOMMU off (\"x; disabling IGD VT-d engine\")");
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
        Findings{of_igd(FindingCode::vendor_not_listed,
                        system_display + "its vendor 8086 is not among system_display_vendors",
                        "make another card the primary one in the firmware setup, or add the "
                        "vendor in /etc/xenlaunch/host.yaml")});
  CHECK(supported_vgpu_types(host.findings()) == Texts{});
}

TEST_CASE("a GPU that dom0 shows something on is of the type, but not to be had now") {
  Host host;
  host.gpu().is_system_display_device = false;
  host.gpu().dom0_access = BootState::enabled;
  host.gpu().function.driver = "i915";
  host.gpu().display_use = {"the framebuffer fb0 is on it",
                            "Xorg (process 1) has /dev/dri/card0 open"};
  CHECK(host.findings() ==
        Findings{of_igd(FindingCode::in_use_by_dom0,
                        "dom0's driver i915 shows something on it: the framebuffer fb0 is on it, "
                        "and Xorg (process 1) has /dev/dri/card0 open",
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
  const Finding shown = of_igd(
      FindingCode::in_use_by_dom0,
      "dom0's driver i915 shows something on it: the framebuffer fb0 is on it", came_too_late);
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

TEST_CASE("what a GPU has to do with its neighbours is a warning") {
  const DeviceFacts facts{.pci = host_with({card(0), card(1)}),
                          .reserved_regions = {{0x1000, 0x1fff, {{0, 1, 0, 0}, {0, 0, 0x14, 0}}}}};
  const auto warning = [](FindingCode code, const std::string& reason, const std::string& remedy) {
    return Finding{code, "0000:01:00.0", reason, remedy, Severity::warns};
  };
  const Finding reset =
      warning(FindingCode::no_reset,
              "it cannot be reset, since the kernel knows no way to do so, and a second start of a "
              "VM with it may fail",
              "shut the guest down properly rather than destroying it, and reboot the host if the "
              "card does not work at the next start");
  const Finding device =
      warning(FindingCode::shares_device,
              "it shares its device with 0000:01:00.1 (audio), and functions of one device can "
              "reach each other past the IOMMU",
              "list 0000:01:00.1 under pci in the VM file, beside 0000:01:00.0");
  const Finding memory =
      warning(FindingCode::shares_reserved_memory,
              "it shares the reserved memory 0x1000 to 0x1fff with 0000:00:14.0, so Xen does not "
              "pass it under the usual policy",
              "pass 0000:00:14.0 to the same VM as 0000:01:00.0, each with `rdm_policy: relaxed`, "
              "which is dangerous without the others");
  CHECK(findings_of(card(0), facts) == Findings{reset, device, memory});
  DeviceFacts both = facts;
  both.together = {card(0).address, card(1).address};
  CHECK(findings_of(card(0), both) == Findings{reset, memory});
  CHECK(findings_of(card(1), facts) == Findings{});
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
