#include "launcher/checks/start_checks.h"

#include <algorithm>

#include "base/error.h"
#include "launcher/checks/dom0_need_findings.h"
#include "launcher/checks/file_checks.h"
#include "launcher/checks/image_users.h"
#include "launcher/checks/nic_checks.h"
#include "launcher/checks/preflight.h"
#include "launcher/checks/qemu_findings.h"
#include "launcher/host/dom0_needs.h"
#include "launcher/plan/resolve.h"

namespace xenlaunch {
namespace {

/// Each once: the host of a VM's devices is the VM's host as well.
void append(std::vector<Finding>& all, const std::vector<Finding>& more) {
  for (const Finding& finding : more)
    if (std::ranges::find(all, finding) == all.end()) all.push_back(finding);
}

/// What `connect` returns; null, and the reason among the findings, where it throws.
template <typename Connect>
auto connect_or_note(std::vector<Finding>& findings, FindingCode code, Connect connect)
    -> decltype(connect()) {
  try {
    return connect();
  } catch (const Error& error) {
    findings.push_back({code, "host", error.what(), ""});
    return nullptr;
  }
}

struct Looked {
  Connections connections;
  std::vector<Finding> findings;
};

/// The plan's devices, and the virtual functions that would be gone with them.
std::vector<PciFunction> whose_owners_matter(const LaunchPlan& plan, const HostPci& pci) {
  std::vector<PciFunction> functions = functions_of(plan.devices);
  for (const PciFunction& function : pci.functions)
    if (function.is_virtual_function() &&
        std::ranges::find(functions, function.address, &PciFunction::address) == functions.end())
      functions.push_back(function);
  return functions;
}

/// Where Xen does not answer, nothing is said of the GPUs: its command line decides over them.
DeviceFacts read_facts(const LaunchPlan& plan, const HostPci& pci, const HostSettings& settings,
                       const Connections& connections) {
  if (!connections.xen)
    return {.pci = pci,
            .integrated_vendors = settings.integrated_vendors,
            .dom0_needs = read_dom0_needs("/", functions_of(plan.devices))};
  DeviceFacts facts = read_device_facts("/", pci, settings, connections.xen.get());
  facts.dom0_needs = read_dom0_needs("/", functions_of(plan.devices));
  if (!connections.store) return facts;
  facts.owners =
      device_owners(whose_owners_matter(plan, pci), *connections.store, *connections.xen);
  facts.unreset = unreset_devices(functions_of(plan.devices), *connections.store);
  return facts;
}

Looked look(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
            const HostSettings& settings, std::optional<Domid> attach_to) {
  Looked looked;
  std::vector<Finding>& findings = looked.findings;
  Connections& connections = looked.connections;
  connections = {
      .xen = connect_or_note(findings, FindingCode::xen_unreachable, host.xen),
      .store = connect_or_note(findings, FindingCode::xenstored_unreachable, host.store)};
  const DeviceFacts facts = read_facts(plan, pci, settings, connections);
  if (connections.xen)
    append(findings,
           attach_to ? check_domain(*attach_to, *connections.xen) : check_xen(plan, *facts.xen));
  append(findings, check_devices(plan, facts));
  append(findings, usb_need_findings(read_usb_needs("/", plan.device_model.usb.devices)));
  if (connections.xen && connections.store) {
    append(findings, check_names(plan, *connections.store, *connections.xen, attach_to));
    append(findings, mac_findings(plan.nics, *connections.store, *connections.xen, attach_to));
  }
  append(findings, check_files(plan, settings.trusted_folders));
  append(findings, qemu_findings(plan));
  if (connections.xen && connections.store)
    append(findings, check_image_users(plan, *connections.store, *connections.xen, attach_to));
  append(findings,
         nic_findings(plan.nics, read_nic_facts(plan.nics, "/", settings.trusted_folders)));
  return looked;
}

}  // namespace

Connections connect_and_check(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
                              const HostSettings& settings, std::optional<Domid> attach_to,
                              Progress& progress) {
  Looked looked = look(host, plan, pci, settings, attach_to);
  refuse(looked.findings);
  tell_warnings(looked.findings, progress);
  return std::move(looked.connections);
}

std::vector<Finding> check_devices_below(const LaunchPlan& plan, const std::filesystem::path& root,
                                         const HostPci& pci, const HostSettings& settings,
                                         XenHost* xen) {
  DeviceFacts facts = read_device_facts(root, pci, settings, xen);
  facts.dom0_needs = read_dom0_needs(root, functions_of(plan.devices));
  std::vector<Finding> findings = check_devices(plan, std::move(facts));
  append(findings, usb_need_findings(read_usb_needs(root, plan.device_model.usb.devices)));
  return findings;
}

void tell_warnings(const std::vector<Finding>& findings, Progress& progress) {
  for (const Finding& finding : findings)
    if (!blocks(finding)) progress.warning(as_warning(finding));
}

std::vector<Finding> check_vm(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
                              const std::filesystem::path& root, const HostSettings& settings) {
  std::vector<Finding> findings = root == "/"
                                      ? look(host, plan, pci, settings, {}).findings
                                      : check_devices_below(plan, root, pci, settings, nullptr);
  if (root != "/") append(findings, qemu_findings(plan));
  append(findings, plan.left_out);
  return findings;
}

void refuse_what_dom0_lives_on(const PciFunction& function) {
  for (const auto& [address, needs] : read_dom0_needs("/", {function}))
    refuse(dom0_need_findings(address, needs));
}

}  // namespace xenlaunch
