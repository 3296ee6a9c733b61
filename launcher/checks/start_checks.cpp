#include "launcher/checks/start_checks.h"

#include "base/error.h"
#include "launcher/boot/host_boot.h"
#include "launcher/gpu/gpu_facts.h"
#include "launcher/plan/resolve.h"

namespace xenlaunch {
namespace {

void append(std::vector<Problem>& all, const std::vector<Problem>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// What `connect` returns; null, and the reason among the problems, where it throws.
template <typename Connect>
auto connect_or_note(std::vector<Problem>& problems, Connect connect) -> decltype(connect()) {
  try {
    return connect();
  } catch (const Error& error) {
    problems.push_back({error.code, error.what()});
    return nullptr;
  }
}

}  // namespace

Connections connect_and_check(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
                              const HostSettings& settings, std::optional<Domid> attach_to) {
  std::vector<Problem> problems;
  Connections connections{.xen = connect_or_note(problems, host.xen),
                          .store = connect_or_note(problems, host.store)};
  if (connections.xen)
    append(problems, attach_to ? check_domain(*attach_to, *connections.xen)
                               : check_xen(plan, connections.xen->info()));
  append(problems, check_host_pci(plan, pci));
  if (connections.xen)
    append(problems, check_gpus_below(plan, "/", settings, connections.xen.get()));
  if (connections.xen && connections.store)
    append(problems, check_owners(plan, *connections.store, *connections.xen, attach_to));
  append(problems, check_files(plan));
  refuse(problems);
  return connections;
}

std::vector<Problem> check_gpus_below(
    const std::filesystem::path& root, const HostPci& pci, const HostSettings& settings,
    XenHost* xen, const std::function<std::vector<Problem>(const std::vector<Gpu>&)>& check) {
  HostPrograms programs;
  const HostBoot boot = read_host_boot(root, settings, xen, programs);
  std::vector<Problem> problems = check(list_gpus(read_gpu_facts(root, pci, boot, settings)));
  if (!problems.empty())
    for (const std::string& note : boot.notes)
      problems.push_back({ExitCode::host, "also: " + note});
  return problems;
}

std::vector<Problem> check_gpus_below(const LaunchPlan& plan, const std::filesystem::path& root,
                                      const HostSettings& settings, XenHost* xen) {
  if (!passes_a_gpu(plan)) return {};
  const HostPci pci{.functions = functions_of(plan.devices)};
  return check_gpus_below(root, pci, settings, xen,
                          [&plan](const std::vector<Gpu>& gpus) { return check_gpus(plan, gpus); });
}

void check_vm(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
              const std::filesystem::path& root, const HostSettings& settings) {
  if (root == "/") {
    connect_and_check(host, plan, pci, settings);
    return;
  }
  std::vector<Problem> problems = check_host_pci(plan, pci);
  append(problems, check_gpus_below(plan, root, settings, nullptr));
  refuse(problems);
}

}  // namespace xenlaunch
