#include "launcher/checks/doctor.h"

#include <algorithm>
#include <iterator>

#include "launcher/checks/checks.h"
#include "launcher/checks/device_findings.h"

namespace xenlaunch {

std::string to_string(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok:
      return "ok";
    case CheckStatus::warning:
      return "warning";
    case CheckStatus::problem:
      return "problem";
  }
  return {};
}

DeviceFacts device_facts(const DoctorFacts& facts) {
  DeviceFacts all = facts.devices;
  if (!facts.xen) return all;
  all.xen = HypervisorInfo{.hvm = facts.xen->hvm, .iommu = facts.xen->iommu};
  if (all.igd_left_off.empty())
    all.igd_left_off =
        igd_left_off(report_iommu(facts.xen->boot_messages, facts.xen->command_line).complaints);
  return all;
}

std::vector<Finding> gpu_findings(const DoctorFacts& facts) {
  return findings_of(functions_of(facts.devices.gpus), device_facts(facts));
}

std::string describe(const Gpu& gpu, const DoctorFacts& facts) {
  const std::string bdf = gpu.function.address.to_string();
  const auto name = facts.gpu_names.find(gpu.function.address);
  return name == facts.gpu_names.end() ? bdf : bdf + " (" + name->second + ")";
}

void add_or_ok(Checks& checks, Checks found, const std::string& name, const std::string& ok_text) {
  if (found.empty()) found.push_back({name, CheckStatus::ok, ok_text, ""});
  std::ranges::move(found, std::back_inserter(checks));
}

std::vector<Check> diagnose(const DoctorFacts& facts) {
  Checks checks;
  if (facts.is_copy) {
    checks.push_back(
        {"xen", CheckStatus::warning,
         "This is a copy of another host's files: neither Xen nor QEMU nor the firmware "
         "could be asked.",
         "Run this on that host."});
    add_next_boot_check(checks, facts);
    add_iommu_checks_of_copy(checks, facts);
    add_pciback_check(checks, facts);
    add_gpu_checks(checks, facts);
    if (!facts.devices.gpus.empty()) add_gpu_neighbour_checks(checks, facts);
    return checks;
  }
  const IommuReport report =
      facts.xen ? report_iommu(facts.xen->boot_messages, facts.xen->command_line) : IommuReport{};
  add_xen_checks(checks, facts);
  add_hvm_check(checks, facts);
  add_iommu_checks(checks, facts, report);
  if (facts.running_under_xen) {
    add_pciback_check(checks, facts);
    add_dom0_checks(checks, facts);
  }
  add_lockdown_check(checks, facts);
  add_qemu_checks(checks, facts);
  add_gpu_checks(checks, facts);
  if (!facts.devices.gpus.empty()) add_gpu_neighbour_checks(checks, facts);
  return checks;
}

bool can_pass_a_gpu(const std::vector<Check>& checks) {
  return std::ranges::none_of(
      checks, [](const Check& check) { return check.status == CheckStatus::problem; });
}

}  // namespace xenlaunch
