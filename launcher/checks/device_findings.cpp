#include "launcher/checks/device_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "launcher/checks/dom0_findings.h"
#include "launcher/checks/dom0_need_findings.h"
#include "launcher/checks/neighbour_findings.h"
#include "launcher/host/bridge_finding.h"

namespace xenlaunch {
namespace {

using Findings = std::vector<Finding>;

Finding no_iommu_finding(const std::string& off_word) {
  Finding finding{FindingCode::no_iommu, "host", "Xen uses no IOMMU",
                  "switch on VT-d or AMD-Vi in the firmware setup, and see `xl dmesg` for why"};
  if (!off_word.empty()) {
    finding.reason += fmt::format(", since `{}` on its command line switches it off", off_word);
    finding.remedy = "take that from Xen's command line and reboot the host";
  }
  return finding;
}

void add_host(Findings& findings, const DeviceFacts& facts) {
  if (facts.xen && !facts.xen->hvm) findings.push_back(no_hvm_finding());
  if (facts.xen ? !facts.xen->iommu : !facts.iommu_off_word.empty())
    findings.push_back(no_iommu_finding(facts.iommu_off_word));
  if (!facts.pci.pciback_loaded) findings.push_back(pciback_missing_finding(facts.garbled_hide));
  if (facts.garbled_hide)
    findings.push_back({FindingCode::hide_not_understood, "host", reason_of(*facts.garbled_hide),
                        remedy_of(*facts.garbled_hide), Severity::warns});
}

/// Whether the firmware made another card than the one at this address its primary one.
bool is_not_primary(const PciFunction& function, const DeviceFacts& facts) {
  return facts.system_display_device && *facts.system_display_device != function.address;
}

Finding no_video_bios(const PciFunction& function, const DeviceFacts& facts) {
  const std::string what =
      function.has_rom_file ? "its video BIOS reads as nothing" : "it has no video BIOS";
  const std::string why = is_not_primary(function, facts)
                              ? ", which the firmware leaves in memory only for the primary card"
                              : ", as where the firmware boots by UEFI alone";
  const std::string in_firmware =
      is_not_primary(function, facts)
          ? "make it the primary card in the firmware setup"
          : "switch on legacy option ROMs (CSM) in the firmware setup where it has them";
  return {
      FindingCode::no_video_bios, function.address.to_string(),
      what + " (`rom` in sysfs)" + why + ", and QEMU cannot do without",
      in_firmware +
          ", name a file with its video BIOS as `romfile` in the VM file, or pass another card"};
}

Finding igd_outside_iommu(const PciFunction& function, const std::string& evidence) {
  return {FindingCode::igd_outside_iommu, function.address.to_string(),
          fmt::format("Xen leaves its part of the IOMMU off (\"{}\")", evidence),
          evidence.starts_with("iommu=")
              ? fmt::format("take {} from Xen's command line and reboot the host",
                            evidence.find("no-igfx") != std::string::npos ? "`no-igfx`" : "that")
              : "switch on VT-d for graphics in the firmware setup, or update the firmware"};
}

/// What QEMU and the IOMMU cannot do at the address of Intel's integrated GPUs.
void add_integrated(Findings& findings, const PciFunction& function, const DeviceFacts& facts) {
  if (function.address != igd_address) return;
  const bool integrated = is_integrated_gpu(function, facts.integrated_vendors);
  if (!integrated || !function.is_vga_controller())
    findings.push_back(
        {FindingCode::not_an_intel_vga, function.address.to_string(),
         fmt::format(
             "at that address QEMU passes only an Intel VGA controller (class 0300), and it "
             "is {}, class {}",
             function.id.to_string(), function.class_text()),
         integrated && is_not_primary(function, facts)
             ? "make it the primary card in the firmware setup, or pass another card"
             : "pass another card"});
  else if ((!function.has_rom_file || facts.igd_has_video_bios == false) &&
           std::ranges::find(facts.with_romfile, function.address) == facts.with_romfile.end())
    findings.push_back(no_video_bios(function, facts));
  if (integrated && !facts.igd_left_off.empty())
    findings.push_back(igd_outside_iommu(function, facts.igd_left_off));
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
  add_dom0_findings(findings, function, facts);
  if (const auto needs = facts.dom0_needs.find(function.address); needs != facts.dom0_needs.end())
    for (Finding& finding : dom0_need_findings(function.address, needs->second))
      findings.push_back(std::move(finding));
  const auto owner = facts.owners.find(function.address);
  if (owner != facts.owners.end())
    findings.push_back(owned_finding(function.address, owner->second));
  if (const auto unreset = facts.unreset.find(function.address); unreset != facts.unreset.end())
    findings.push_back(unreset_finding(function.address, unreset->second, Severity::warns));
  add_neighbour_findings(findings, function, facts);
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
           finding.code == FindingCode::firmware_framebuffer ||
           finding.code == FindingCode::vendor_not_listed;
  };
  if (std::ranges::any_of(findings, holds_back)) return {};
  return {"passthrough"};
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

Finding pciback_missing_finding(const std::optional<GarbledHide>& garbled) {
  if (!garbled || !garbled->now)
    return {FindingCode::pciback_missing, "host", "pciback is not there",
            "load it with `modprobe xen-pciback`"};
  return {FindingCode::pciback_missing, "host",
          "pciback is not there, since " + reason_of(*garbled), remedy_of(*garbled)};
}

Finding no_hvm_finding() {
  return {FindingCode::no_hvm, "host", "the processor's VT-x or AMD-V is missing or switched off",
          "switch it on in the firmware setup"};
}

}  // namespace xenlaunch
