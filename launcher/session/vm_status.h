#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/paths.h"
#include "launcher/host/lock.h"
#include "launcher/undo/journal_content.h"
#include "launcher/xen/domains.h"

namespace xenlaunch {

/// What is known of one VM of this program's.
struct VmStatus {
  std::string vm;
  std::string state;  ///< a VmState's name, "stopping", or how it lacks a launcher: see vm_state
  std::optional<LockHolder> launcher;
  JournalContent journal;
  std::optional<DomainState> domain;  ///< where it has one that lives
  std::string problem;  ///< why the journal could not be read, or the launcher is not known
};

/// The state's name. With a launcher what that is doing, but "stopping" where the guest has been
/// asked to end and has not yet; without one "unattended" where the VM runs all the same, "broken"
/// where it does not or cannot be told: `xenlaunch recover` is then due.
std::string vm_state(const JournalContent& journal, bool has_launcher,
                     const std::optional<DomainState>& domain, bool qemu_runs, bool stop_requested);

/// Reads the VM's folder, its lock and what Xen says of it; nullopt where there is no such VM.
std::optional<VmStatus> read_vm_status(const Directories& directories, const std::string& vm,
                                       Domains& xen);
/// The same, but throws Error (ExitCode::host) "cannot ACTION: …" naming the VMs there are.
VmStatus require_vm(const Directories& directories, const std::string& vm,
                    const std::string& action, Domains& xen);

}  // namespace xenlaunch
