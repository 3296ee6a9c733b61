#include "launcher/run_command.h"

#include <chrono>
#include <memory>

#include "launcher/base/error.h"
#include "launcher/base/uuid.h"
#include "launcher/config/vm_reader.h"
#include "launcher/host/host_reader.h"
#include "launcher/host_boot.h"
#include "launcher/launch.h"
#include "launcher/outcome.h"
#include "launcher/output.h"
#include "launcher/preflight.h"
#include "xenstore/xenstored.h"

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

std::unique_ptr<Store> connect_to_xenstored() {
  require_xenstored(xenstored_socket);
  return make_xs_store();
}

struct Connections {
  std::unique_ptr<Hypervisor> xen;
  std::unique_ptr<Store> store;
};

/// Throws one Error with everything that stands in the way; nothing has been touched then.
Connections connect_and_check(const LaunchPlan& plan, const HostSettings& settings) {
  std::vector<Problem> problems;
  Connections connections{.xen = connect_or_note(problems, make_xc_hypervisor),
                          .store = connect_or_note(problems, connect_to_xenstored)};
  if (connections.xen) append(problems, check_xen(plan, connections.xen->info()));
  const HostPci pci = read_host_pci("/");
  append(problems, check_host_pci(plan, pci));
  if (connections.xen)
    append(problems, check_gpus_below(plan, "/", pci, settings, connections.xen.get()));
  if (connections.xen && connections.store)
    append(problems, check_owners(plan, *connections.store, *connections.xen));
  append(problems, check_files(plan));
  refuse(problems);
  return connections;
}

}  // namespace

LaunchPlan plan_vm(const std::filesystem::path& vm_file, const std::filesystem::path& root,
                   const HostSettings& settings) {
  return resolve(read_vm_file(vm_file), read_host_pci(root), settings);
}

std::string dry_run(const LaunchPlan& plan, DryRunFormat format,
                    const std::optional<unsigned>& domid) {
  Facts facts;
  if (domid) facts.domid = std::to_string(*domid);
  if (plan.vm.uuid) facts.uuid = *plan.vm.uuid;
  switch (format) {
    case DryRunFormat::argv:
      return format_argv(plan, facts);
    case DryRunFormat::plan:
      return format_plan(plan, facts);
    case DryRunFormat::json:
      break;
  }
  return format_json(plan, facts);
}

std::vector<Problem> check_gpus_below(
    const std::filesystem::path& root, const HostPci& pci, const HostSettings& settings,
    Hypervisor* xen, const std::function<std::vector<Problem>(const std::vector<Gpu>&)>& check) {
  HostPrograms programs;
  const HostBoot boot = read_host_boot(root, settings, xen, programs);
  std::vector<Problem> problems = check(list_gpus(read_gpu_facts(root, pci, boot, settings)));
  if (!problems.empty())
    for (const std::string& note : boot.notes)
      problems.push_back({ExitCode::host, "also: " + note});
  return problems;
}

std::vector<Problem> check_gpus_below(const LaunchPlan& plan, const std::filesystem::path& root,
                                      const HostPci& pci, const HostSettings& settings,
                                      Hypervisor* xen) {
  if (!passes_a_gpu(plan)) return {};
  return check_gpus_below(root, pci, settings, xen,
                          [&plan](const std::vector<Gpu>& gpus) { return check_gpus(plan, gpus); });
}

void check_vm(const LaunchPlan& plan, const std::filesystem::path& root,
              const HostSettings& settings) {
  if (root == "/") {
    connect_and_check(plan, settings);
    return;
  }
  const HostPci pci = read_host_pci(root);
  std::vector<Problem> problems = check_host_pci(plan, pci);
  append(problems, check_gpus_below(plan, root, pci, settings, nullptr));
  refuse(problems);
}

ExitCode run_vm(LaunchPlan plan, const HostSettings& host_settings, const LaunchSettings& settings,
                Progress& progress) {
  // One for all restarts: a guest may tie its licence to it.
  if (!plan.vm.uuid) plan.vm.uuid = random_uuid();
  EventLoop events;
  RestartLimit restarts;
  const std::unique_ptr<Locks> locks =
      make_file_locks(lock_directory, "xenlaunch run " + plan.vm.name);
  const std::unique_ptr<PciBinder> pci = make_sysfs_pci_binder("/");
  while (true) {
    const Connections host = connect_and_check(plan, host_settings);
    const std::unique_ptr<DeviceModel> device_model = make_device_model(events);
    events.watch_store(host.store->change_fd());
    const LaunchResult result = launch(
        plan, settings, {*pci, *host.xen, *host.store, *device_model, events, *locks}, progress);
    if (result.host_left_changed)
      throw Error{ExitCode::host_left_changed,
                  "cannot leave the host as it was: " + result.message};
    if (action_after(result.end, plan.vm) != OnEvent::restart) {
      if (result.end == Verdict::device_model_died)
        throw Error{ExitCode::device_model, result.message};
      return exit_code_for(result.end);
    }
    if (!restarts.allow(std::chrono::steady_clock::now())) {
      progress.warning(plan.vm.name + " is not started again: it ended " +
                       std::to_string(RestartLimit::max_restarts + 1) + " times within " +
                       std::to_string(RestartLimit::window.count()) + " s");
      return exit_code_for(result.end);
    }
    progress.info("starting " + plan.vm.name + " again");
  }
}

}  // namespace xenlaunch
