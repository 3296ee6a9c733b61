#pragma once

#include "launcher/undo/journal_content.h"
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

}  // namespace xenlaunch
