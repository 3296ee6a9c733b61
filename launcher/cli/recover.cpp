#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>

#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"
#include "launcher/host/lock.h"
#include "launcher/session/detach.h"
#include "launcher/session/vm_session.h"

namespace xenlaunch {
namespace {

/// Whether some process is at it: "vm-NAME", "pci-BDF".
bool is_looked_after(const std::string& lock, const Directories& directories) {
  return lock_holder(directories.locks, lock).has_value();
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
      session.undo_remains(left.journal);
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

}  // namespace

ExitCode recover_command(const Options& options, const ThisHost& host, std::ostream& out,
                         Progress& progress) {
  refuse_copy(options, "recover VMs on the host");
  const HostSettings settings = host_settings(options);
  ExitCode worst = ExitCode::done;
  auto document = nlohmann::ordered_json::array();
  for (const std::string& vm : vms_with_state(host.directories.state)) {
    if ((!options.vm.empty() && options.vm != vm) || is_looked_after("vm-" + vm, host.directories))
      continue;
    const Detached result = run_detached([&](const std::function<void(Domid)>& ready) {
      return recover(vm, settings, host, progress, ready);
    });
    if (result.is_detached) return result.code;
    if (result.code != ExitCode::done) worst = result.code;
    document.push_back({{"vm", vm}, {"result", outcome_name(result)}});
  }
  // After the VMs: a device whose VM is looked after again is that VM's.
  for (const PciAddress& device : devices_with_state(host.directories.state)) {
    const std::string bdf = device.to_string();
    if (!options.vm.empty() || is_looked_after("pci-" + bdf, host.directories)) continue;
    const Detached result = run_detached([&](const std::function<void(Domid)>& /*ready*/) {
      recover_device(device, host, progress);
      return ExitCode::done;
    });
    if (result.is_detached) return result.code;
    if (result.code != ExitCode::done) worst = result.code;
    document.push_back({{"vm", nullptr}, {"device", bdf}, {"result", outcome_name(result)}});
  }
  if (options.json)
    out << json_text(document);
  else if (document.empty())
    progress.info("nothing to recover");
  return worst;
}

}  // namespace xenlaunch
