#include "launcher/checks/device_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "launcher/checks/dom0_need_findings.h"
#include "launcher/checks/gpu_neighbours.h"
#include "launcher/host/bridge_finding.h"

namespace xenlaunch {
namespace {

using Findings = std::vector<Finding>;

void add_host(Findings& findings, const DeviceFacts& facts) {
  if (facts.xen && !facts.xen->hvm) findings.push_back(no_hvm_finding());
  if (facts.xen && !facts.xen->iommu)
    findings.push_back({FindingCode::no_iommu, "host", "Xen uses no IOMMU",
                        "switch on VT-d or AMD-Vi in the firmware setup, remove iommu=off from "
                        "Xen's command line, and see `xl dmesg` for why"});
  if (!facts.pci.pciback_loaded)
    findings.push_back({FindingCode::pciback_missing, "host", "pciback is not there",
                        "load it with `modprobe xen-pciback`"});
}

/// What QEMU and the IOMMU cannot do at the address of Intel's integrated GPUs.
void add_integrated(Findings& findings, const PciFunction& function, const DeviceFacts& facts) {
  const std::string bdf = function.address.to_string();
  const bool integrated = is_integrated_gpu(function, facts.integrated_vendors);
  if (function.address == igd_address && !(integrated && function.class_code >> 8 == 0x0300))
    findings.push_back({FindingCode::not_an_intel_vga, bdf,
                        fmt::format("at that address QEMU passes only an Intel VGA controller "
                                    "(class 0300), and it is {}, class {}",
                                    function.id.to_string(), function.class_text()),
                        "pass another card"});
  else if (function.address == igd_address && !function.has_rom_file)
    findings.push_back({FindingCode::no_video_bios, bdf,
                        "it has no video BIOS (no `rom` in sysfs), and QEMU cannot do without",
                        "switch on legacy option ROMs (CSM) in the firmware setup: a host that "
                        "boots by UEFI alone keeps none"});
  if (integrated && function.address == igd_address && !facts.igd_left_off.empty())
    findings.push_back(
        {FindingCode::igd_outside_iommu, bdf,
         fmt::format("Xen leaves its part of the IOMMU off (\"{}\")", facts.igd_left_off),
         "remove `no-igfx` from Xen's command line if it is there, else switch on VT-d for "
         "graphics in the firmware setup, or update the firmware"});
}

/// What has to be done to get from `state` to disabled.
std::string way_out(BootState state, const std::string& command) {
  return state == BootState::disable_on_reboot
             ? "reboot the host"
             : fmt::format("run `{}` and reboot the host", command);
}

std::string disable_access(const Gpu& gpu) {
  return way_out(gpu.dom0_access,
                 "xenlaunch gpu disable-dom0-access " + gpu.function.address.to_string());
}

/// What keeps the system display device in dom0.
void add_system_display(Findings& findings, const Gpu& gpu) {
  const std::string bdf = gpu.function.address.to_string();
  if (!is_disabled_now(gpu.dom0_access))
    findings.push_back(
        {FindingCode::dom0_has_access, bdf,
         "it is the system display device, and dom0 access to it is " + to_string(gpu.dom0_access),
         disable_access(gpu)});
  if (!is_disabled_now(gpu.host_display))
    findings.push_back({FindingCode::host_display_on, bdf,
                        "it is the system display device, and the display of the host is " +
                            to_string(gpu.host_display),
                        way_out(gpu.host_display, "xenlaunch host disable-display")});
  if (!gpu.vendor_is_listed)
    findings.push_back(
        {FindingCode::vendor_not_listed, bdf,
         fmt::format("it is the system display device, and its vendor {:04x} is not among "
                     "system_display_vendors",
                     gpu.function.id.vendor),
         "make another card the primary one in the firmware setup, or add the vendor in "
         "/etc/xenlaunch/host.yaml"});
}

std::string driver_of(const Gpu& gpu) {
  return excerpt(gpu.function.driver.value_or("(none)"));
}

/// What to do where a driver has a GPU that this boot should have hidden from it.
constexpr const char* came_too_late =
    "xen-pciback came too late to take it, see `xenlaunch host doctor`";

/// What dom0's driver has or shows.
void add_dom0_driver(Findings& findings, const Gpu& gpu) {
  const std::string bdf = gpu.function.address.to_string();
  const bool hidden = is_disabled_now(gpu.dom0_access);
  if (hidden && gpu.function.driver && gpu.function.driver != "pciback")
    findings.push_back({FindingCode::hidden_but_bound, bdf,
                        "it is hidden from dom0, but dom0's driver " + driver_of(gpu) + " has it",
                        came_too_late,
                        gpu.is_system_display_device ? Severity::blocks : Severity::warns});
  // Without dom0's access to it nothing of dom0 is on it either.
  const bool said_already = gpu.is_system_display_device && !hidden;
  if (gpu.display_use.empty() || said_already) return;
  std::string all;
  for (const std::string& one : gpu.display_use) all += (all.empty() ? "" : ", and ") + one;
  findings.push_back(
      {FindingCode::in_use_by_dom0, bdf,
       fmt::format("dom0's driver {} shows something on it: {}", driver_of(gpu), all),
       hidden ? came_too_late : "end what uses it, or " + disable_access(gpu)});
}

Finding shared_memory(const PciFunction& gpu, const FirmwareRegion& region) {
  const std::string others = list_of(sharers(gpu, region));
  return {FindingCode::shares_reserved_memory, gpu.address.to_string(),
          fmt::format("it shares the reserved memory {:#x} to {:#x} with {}, so Xen does not pass "
                      "it under the usual policy",
                      region.start, region.end, others),
          fmt::format("pass {} to the same VM as {}, each with `rdm_policy: relaxed`, which is "
                      "dangerous without the others",
                      others, gpu.address.to_string()),
          Severity::warns};
}

/// What a start goes on with all the same.
void add_warnings(Findings& findings, const PciFunction& gpu, const DeviceFacts& facts) {
  const std::string bdf = gpu.address.to_string();
  if (const std::optional<std::string> why = why_no_reset(gpu, facts.pci))
    findings.push_back({FindingCode::no_reset, bdf,
                        fmt::format("it cannot be reset, since {}, and a second start of a VM with "
                                    "it may fail",
                                    *why),
                        "shut the guest down properly rather than destroying it, and reboot the "
                        "host if the card does not work at the next start",
                        Severity::warns});
  std::vector<std::string> addresses;
  std::vector<std::string> described;
  for (const PciFunction& sibling : siblings(gpu, facts.pci)) {
    if (std::ranges::find(facts.together, sibling.address) != facts.together.end()) continue;
    addresses.push_back(sibling.address.to_string());
    described.push_back(with_kind(sibling));
  }
  if (!addresses.empty())
    findings.push_back(
        {FindingCode::shares_device, bdf,
         fmt::format("it shares its device with {}, and functions of one device can "
                     "reach each other past the IOMMU",
                     list_of(described)),
         fmt::format("list {} under pci in the VM file, beside {}", list_of(addresses), bdf),
         Severity::warns});
  for (const FirmwareRegion& region : shared_regions(gpu, facts.reserved_regions))
    findings.push_back(shared_memory(gpu, region));
}

}  // namespace

std::vector<Finding> findings_of(const PciFunction& function, const DeviceFacts& facts) {
  Findings findings;
  add_host(findings, facts);
  if (function.is_bridge()) findings.push_back(bridge_finding(function));
  if (!function.answers)
    findings.push_back({FindingCode::no_answer, function.address.to_string(),
                        does_not_answer_reason, does_not_answer_remedy});
  add_integrated(findings, function, facts);
  for (const Gpu& gpu : facts.gpus) {
    if (gpu.function.address != function.address) continue;
    if (gpu.is_system_display_device) add_system_display(findings, gpu);
    add_dom0_driver(findings, gpu);
  }
  if (const auto needs = facts.dom0_needs.find(function.address); needs != facts.dom0_needs.end())
    for (Finding& finding : dom0_need_findings(function.address, needs->second))
      findings.push_back(std::move(finding));
  const auto owner = facts.owners.find(function.address);
  if (owner != facts.owners.end())
    findings.push_back(owned_finding(function.address, owner->second));
  if (is_physical_gpu(function)) add_warnings(findings, function, facts);
  return findings;
}

std::vector<Finding> findings_of(const std::vector<PciFunction>& functions,
                                 const DeviceFacts& facts) {
  Findings all;
  for (const PciFunction& function : functions)
    for (Finding& finding : findings_of(function, facts))
      if (std::ranges::find(all, finding) == all.end()) all.push_back(std::move(finding));
  const bool boots_matter = std::ranges::any_of(
      all, [](const Finding& finding) { return blocks(finding) && is_of_dom0(finding); });
  if (boots_matter)
    for (const std::string& note : facts.boot_notes)
      all.push_back({FindingCode::boot_not_known, "host", note, "", Severity::unknown});
  return all;
}

std::vector<std::string> supported_vgpu_types(const std::vector<Finding>& findings) {
  const auto holds_back = [](const Finding& finding) {
    return finding.code == FindingCode::dom0_has_access ||
           finding.code == FindingCode::host_display_on ||
           finding.code == FindingCode::vendor_not_listed;
  };
  if (std::ranges::any_of(findings, holds_back)) return {};
  return {"passthrough"};
}

bool is_of_dom0(const Finding& finding) {
  switch (finding.code) {
    case FindingCode::dom0_has_access:
    case FindingCode::host_display_on:
    case FindingCode::vendor_not_listed:
    case FindingCode::hidden_but_bound:
    case FindingCode::in_use_by_dom0:
      return true;
    default:
      return false;
  }
}

bool is_of_integrated_gpu(const Finding& finding) {
  switch (finding.code) {
    case FindingCode::not_an_intel_vga:
    case FindingCode::no_video_bios:
    case FindingCode::igd_outside_iommu:
      return true;
    default:
      return false;
  }
}

Finding owned_finding(const PciAddress& device, const DeviceOwner& owner) {
  return {FindingCode::in_use_by_vm, device.to_string(), to_string(owner) + " has it", ""};
}

Finding no_hvm_finding() {
  return {FindingCode::no_hvm, "host", "the processor's VT-x or AMD-V is missing or switched off",
          "switch it on in the firmware setup"};
}

}  // namespace xenlaunch
