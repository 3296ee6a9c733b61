#include "launcher/checks/preflight.h"

#include <algorithm>

#include "base/size.h"
#include "launcher/checks/device_findings.h"
#include "launcher/host/device_owner.h"
#include "launcher/plan/qemu_cage.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// Xen's own needs beside the guest's memory: the paging pool (see Domains::configure), the
/// domain itself.
std::uint64_t overhead_kib(const DomainSpec& domain) {
  constexpr std::uint64_t domain_itself_kib = 4096;
  return domain.slack_kib + paging_pool_kib(domain) + domain_itself_kib;
}

}  // namespace

void note_options(DeviceFacts& facts, const PciDeviceConfig& device, const PciAddress& function) {
  if (device.rdm_policy == RdmPolicy::relaxed) facts.relaxed.push_back(function);
  if (device.reset) facts.chosen_resets.emplace(function, *device.reset);
  if (device.strict_reset) facts.strict_reset.push_back(function);
  if (device.romfile) facts.with_romfile.push_back(function);
}

std::vector<Finding> check_devices(const LaunchPlan& plan, DeviceFacts facts) {
  std::vector<PciFunction> functions;
  for (const PciDeviceConfig& device : plan.vm.pci) note_options(facts, device, device.address);
  for (const PlannedDevice& device : plan.devices) {
    const PciAddress& address = device.function.address;
    // As it is now: the plan may be older than the guest's last reboot.
    const PciFunction* now = facts.pci.find(address);
    functions.push_back(now != nullptr ? *now : device.function);
    facts.together.push_back(address);
  }
  return findings_of(functions, facts);
}

std::vector<Finding> check_xen(const LaunchPlan& plan, const HypervisorInfo& xen) {
  std::vector<Finding> findings;
  if (!xen.hvm) findings.push_back(no_hvm_finding());
  // Its hvmloader and libxl have no code for that QEMU any more.
  if (plan.vm.device_model.profile == DeviceModelProfile::traditional &&
      xen.version >= XenVersion{4, 21})
    findings.push_back({FindingCode::profile_dropped, "traditional",
                        "Xen dropped it in 4.21, and this is Xen " + xen.version.to_string(),
                        "use the profile upstream"});
  if (!plan.devices.empty() && xen.dom0_is_pvh && !xen.gives_gsis_from_pvh)
    findings.push_back({FindingCode::dom0_is_pvh, "host",
                        "dom0 is a PVH guest, whose interrupts Xen " + xen.version.to_string() +
                            " cannot give to another domain",
                        "boot dom0 without dom0=pvh on Xen's command line, or install Xen 4.21"});
  // Its QEMU asks for them by functions that the broker does not know.
  if (needs_broker(plan) && xen.dom0_is_pvh)
    findings.push_back({FindingCode::not_restricted, plan.device_model.path,
                        "dom0 is a PVH guest, which gives its devices' interrupts in another way",
                        "boot dom0 without dom0=pvh on Xen's command line, or remove "
                        "device_model.restricted"});
  for (const unsigned cpu : plan.domain.cpu.pin)
    if (cpu > xen.last_cpu)
      findings.push_back({FindingCode::cpu_missing, std::to_string(cpu),
                          "this host's last CPU is " + std::to_string(xen.last_cpu),
                          "change cpu.pin"});
  const std::uint64_t needed_mib =
      plan.domain.memory_mib + (overhead_kib(plan.domain) + 1023) / 1024;
  if (needed_mib > xen.free_kib / 1024)
    findings.push_back({FindingCode::not_enough_memory, format_mib(plan.domain.memory_mib),
                        "with what Xen itself needs for it that is " + std::to_string(needed_mib) +
                            " MiB, and " + std::to_string(xen.free_kib / 1024) + " MiB are free",
                        "lower memory, end other VMs, or make dom0 smaller (dom0_mem= on Xen's "
                        "command line)"});
  return findings;
}

std::vector<Finding> check_domain(Domid domid, Domains& xen) {
  const std::string subject = std::to_string(domid);
  const std::optional<DomainState> state = xen.domain(domid);
  if (!state || state->dying)
    return {{FindingCode::domain_missing, subject, "Xen has no such domain",
             "`xl list` shows those it has"}};
  if (!state->paused)
    return {{FindingCode::domain_running, subject,
             "it runs already, and would look for its devices before they are there",
             "build it and leave it paused (xl create -p)"}};
  return {};
}

std::vector<Finding> check_names(const LaunchPlan& plan, Store& store, Domains& xen,
                                 std::optional<Domid> own) {
  std::vector<Finding> findings;
  for (const std::string& domid : store.list(domains_path)) {
    const std::optional<DeviceOwner> domain = live_domain(domid, store, xen);
    if (!domain || domain->domid == own) continue;
    if (domain->name == plan.vm.name)
      findings.push_back(
          {FindingCode::name_taken, plan.vm.name, "domain " + domid + " has it", ""});
    if (plan.vm.uuid && store.read(domain_path(domid) + "/vm") == "/vm/" + *plan.vm.uuid)
      findings.push_back(
          {FindingCode::uuid_taken, *plan.vm.uuid, to_string(*domain) + " has it", ""});
  }
  return findings;
}

bool passes_a_gpu(const LaunchPlan& plan) {
  return std::ranges::any_of(
      plan.devices, [](const PlannedDevice& device) { return is_physical_gpu(device.function); });
}

}  // namespace xenlaunch
