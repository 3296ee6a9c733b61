#include "launcher/checks/qemu_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "launcher/host/own_program.h"
#include "launcher/host/program.h"
#include "launcher/host/sysfs.h"
#include "launcher/plan/qemu_cage.h"

namespace xenlaunch {
namespace {

bool is_upstream(const LaunchPlan& plan) {
  return plan.vm.device_model.profile == DeviceModelProfile::upstream;
}

std::string remedy_for(const std::string& key) {
  if (key == "pci")
    return "install a QEMU that was built for Xen with PCI passthrough (on Debian "
           "qemu-system-xen), or name one in device_model.path";
  if (key == "vnc.password_file")
    return "remove it and listen at 127.0.0.1 or at a vnc.socket, or take spice, whose password it "
           "can do";
  return fmt::format("change {}, or name another QEMU in device_model.path", key);
}

Finding lack(const LaunchPlan& plan, const QemuNeed& need) {
  return {FindingCode::qemu_lacks, need.what,
          fmt::format("QEMU at {} {}", plan.device_model.path, need.lack()), remedy_for(need.key)};
}

/// It takes a QEMU with that option and a swtpm beside it, and no Debian has both for Xen.
Finding tpm_finding(const LaunchPlan& plan) {
  const bool has_none = plan.qemu.help && !plan.qemu.help->options.contains("tpmdev");
  return {FindingCode::qemu_lacks, "a TPM",
          has_none ? fmt::format("QEMU at {} has none (it does not know -tpmdev)",
                                 plan.device_model.path)
                   : "Debian's QEMU for Xen has none, so xenlaunch starts no swtpm, and that could "
                     "be tried nowhere",
          "remove tpm"};
}

void check_restriction(std::vector<Finding>& findings, const LaunchPlan& plan) {
  if (plan.vm.device_model.restricted != true) return;
  const auto refuse_it = [&](const std::string& reason, const std::string& remedy) {
    findings.push_back({FindingCode::not_restricted, plan.device_model.path, reason, remedy});
  };
  if (!plan.unrestricted_because.empty())
    return refuse_it(plan.unrestricted_because, "change that, or remove device_model.restricted");
  const std::string broker = broker_library();
  if (needs_broker(plan) && !is_present(broker))
    refuse_it(broker + ", by which it asks for its passed devices, is not there",
              "install xenlaunch again, as a package");
}

void check_limits(std::vector<Finding>& findings, const LaunchPlan& plan) {
  const std::string because = why_not_limited(plan);
  if (because.empty()) return;
  const std::string& remedy = plan.no_group.remedy;
  findings.push_back({FindingCode::not_limited, plan.device_model.path, because,
                      (remedy.empty() ? "" : remedy + ", or ") +
                          (plan.vm.device_model.limits ? "remove device_model.limits"
                                                       : "remove device_model.control_group")});
}

}  // namespace

std::set<QemuQuestion> questions_of(const LaunchPlan& plan) {
  std::set<QemuQuestion> questions;
  if (!is_upstream(plan)) return questions;
  for (const QemuNeed& need : needs_of(plan.device_model)) questions.insert(need.question());
  // By which option it becomes another user.
  if (plan.vm.tpm || plan.vm.device_model.user != QemuUser::root)
    questions.insert(QemuQuestion::help);
  return questions;
}

std::vector<Finding> qemu_findings(const LaunchPlan& plan) {
  std::vector<Finding> findings;
  check_restriction(findings, plan);
  check_limits(findings, plan);
  if (!is_upstream(plan)) return findings;
  for (const QemuNeed& need : needs_of(plan.device_model)) {
    if (has(plan.qemu, need) != false) continue;
    const Finding finding = lack(plan, need);
    const auto is_same = [&finding](const Finding& other) {
      return other.subject == finding.subject;
    };
    if (std::ranges::none_of(findings, is_same)) findings.push_back(finding);
  }
  if (plan.vm.tpm) findings.push_back(tpm_finding(plan));
  // One that cannot be run at all is another check's.
  if (!plan.qemu.unknown_because.empty() && why_not_runnable(plan.device_model.path).empty())
    findings.push_back(
        {FindingCode::qemu_lacks, plan.device_model.path,
         "whether it has what the VM file asks for is not known: " + plan.qemu.unknown_because, "",
         Severity::warns});
  return findings;
}

}  // namespace xenlaunch
