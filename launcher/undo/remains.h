#pragma once

#include <optional>
#include <string>

#include "base/progress.h"
#include "launcher/undo/journal_content.h"
#include "launcher/undo/state_folder.h"
#include "launcher/xen/domains.h"

namespace xenlaunch {

/// What a launcher that is gone has left of a VM.
enum class Remains {
  nothing,  ///< it had not begun
  runs,     ///< the VM is well, and lacks only its launcher
  broken,  ///< a start, an end or a restart half done, or a VM that has lost its domain or its QEMU
};

/// `domain` is what Xen says of the journal's domain (nullopt: no such domain), `qemu_runs` whether
/// its QEMU does.
inline Remains what_remains(const JournalContent& journal, const std::optional<DomainState>& domain,
                            bool qemu_runs) {
  if (journal.entries.empty()) return Remains::nothing;
  const bool was_up = journal.state == VmState::running || journal.state == VmState::paused ||
                      journal.state == VmState::preserved;
  const bool is_its = domain && domain->uuid == journal.header.uuid && !domain->dying;
  return was_up && is_its && qemu_runs ? Remains::runs : Remains::broken;
}

/// The journal in `folder`, of the VM `vm` and this boot; nullopt where it tells of nothing that
/// was begun: then the folder is removed. Throws Error (ExitCode::host) where it may not be acted
/// on. A last line that was cut off is told of.
std::optional<JournalContent> read_remains(const StateFolder& folder, const std::string& vm,
                                           Progress& progress);

}  // namespace xenlaunch
