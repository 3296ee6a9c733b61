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
