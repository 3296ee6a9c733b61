#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"
#include "launcher/host/lock.h"
#include "launcher/session/detach.h"
#include "launcher/session/vm_session.h"

namespace xenlaunch {
namespace {

using nlohmann::ordered_json;

/// Whether one of our processes is at it: "vm-NAME", "pci-BDF". Where another one has the lock,
/// recovering fails and names it.
bool is_looked_after(const std::string& lock, const Directories& directories) {
  const std::optional<LockHolder> holder = lock_holder(directories.locks, lock);
  return holder && holder->is_ours();
}

ExitCode recover(const std::string& vm, const HostSettings& settings, const ThisHost& host,
                 Progress& progress, const std::function<void(Domid)>& started) {
  VmSession session{host, vm, "recover " + vm, "xenlaunch recover " + vm, progress};
  const LeftVm left = session.look_for_remains();
  switch (left.remains) {
    case Remains::runs:
      progress.info(vm + " runs: it has a launcher again");
      return session.take_over(left.journal, settings, started);
    case Remains::broken:
      session.undo_remains(left.journal, settings);
      break;
    case Remains::nothing:
      break;
  }
  return ExitCode::done;
}

std::string outcome_name(const Detached& result) {
  if (result.domid) return "taken_over";
  return result.code == ExitCode::done ? "given_back" : "failed";
}

/// What became of all of them.
struct Recovered {
  ExitCode worst = ExitCode::done;
  ordered_json document = ordered_json::array();
  bool is_detached = false;  ///< this process is the launcher of a VM, which has ended with `worst`

  void add(const Detached& result, ordered_json subject) {
    is_detached = result.is_detached;
    if (is_detached || result.code != ExitCode::done) worst = result.code;
    subject["result"] = outcome_name(result);
    document.push_back(std::move(subject));
  }
};

}  // namespace

ExitCode recover_command(const Options& options, const ThisHost& host, std::ostream& out,
                         Progress& progress) {
  refuse_copy(options, "recover VMs on the host");
  const HostSettings settings = host_settings_if_trusted(options, progress);
  Recovered all;
  for (const std::string& vm : vms_with_state(host.directories.state)) {
    if ((!options.vm.empty() && options.vm != vm) || is_looked_after("vm-" + vm, host.directories))
      continue;
    all.add(run_detached([&](const std::function<void(Domid)>& ready) {
              return recover(vm, settings, host, progress, ready);
            }),
            {{"vm", vm}});
    if (all.is_detached) return all.worst;
  }
  // After the VMs: a device whose VM is looked after again is that VM's.
  for (const PciAddress& device : devices_with_state(host.directories.state)) {
    const std::string bdf = device.to_string();
    if (!options.vm.empty() || is_looked_after("pci-" + bdf, host.directories)) continue;
    all.add(run_detached([&](const std::function<void(Domid)>& /*ready*/) {
              recover_device(device, settings, host, progress);
              return ExitCode::done;
            }),
            {{"vm", nullptr}, {"device", bdf}});
    if (all.is_detached) return all.worst;
  }
  if (options.json)
    out << json_text(all.document);
  else if (all.document.empty())
    progress.info("nothing to recover");
  return all.worst;
}

}  // namespace xenlaunch
