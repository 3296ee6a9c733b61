#include "launcher/session/vm_status.h"

#include "base/error.h"
#include "base/text.h"
#include "devicemodel/find_qemu.h"
#include "launcher/undo/remains.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {

std::string vm_state(const JournalContent& journal, bool has_launcher,
                     const std::optional<DomainState>& domain, bool qemu_runs,
                     bool stop_requested) {
  if (!has_launcher)
    return what_remains(journal, domain, qemu_runs) == Remains::runs ? "unattended" : "broken";
  const bool is_up = journal.state == VmState::running || journal.state == VmState::paused;
  if (!is_up) return std::string{to_string(journal.state)};
  if (stop_requested) return "stopping";
  const bool paused = domain && domain->paused;
  return std::string{to_string(paused ? VmState::paused : VmState::running)};
}

std::optional<VmStatus> read_vm_status(const Directories& directories, const std::string& vm,
                                       Domains& xen) {
  const StateFolder folder{directories.state, vm};
  if (!folder.exists()) return std::nullopt;
  VmStatus status{.vm = vm};
  // One that is not ours is told of, and neither waited for nor signalled.
  if (const auto holder = lock_holder(directories.locks, "vm-" + vm)) {
    if (holder->is_ours())
      status.launcher = holder;
    else
      status.problem = "its lock is held by " + holder->to_string() + " not by a launcher";
  }
  try {
    if (const auto text = folder.read_journal())
      status.journal = parse_journal(*text, folder.journal().string(), vm, boot_id());
  } catch (const Error& error) {
    status.problem = error.what();
  }
  const std::optional<Domid> domid = status.journal.domid;
  if (domid) status.domain = xen.domain(*domid);
  if (status.domain && status.domain->uuid != status.journal.header.uuid) status.domain.reset();
  const bool qemu_runs = domid && !status.launcher && find_qemu(*domid);
  status.state = vm_state(status.journal, status.launcher.has_value(), status.domain, qemu_runs,
                          folder.stop_requested());
  return status;
}

VmStatus require_vm(const Directories& directories, const std::string& vm,
                    const std::string& action, Domains& xen) {
  // The name becomes a path, so only one that a VM file could have given is looked for.
  for (const std::string& known : vms_with_state(directories.state))
    if (known == vm)
      if (auto status = read_vm_status(directories, vm, xen)) return *std::move(status);
  std::string others;
  for (const std::string& known : vms_with_state(directories.state)) others += " " + known;
  throw Error{ExitCode::host, "cannot " + action + ": xenlaunch has no VM '" + excerpt(vm, 64) +
                                  "'; " +
                                  (others.empty() ? "it has none at all" : "it has" + others)};
}

}  // namespace xenlaunch
