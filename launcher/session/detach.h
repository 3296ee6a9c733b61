#pragma once

#include <functional>
#include <optional>

#include "base/exit_code.h"
#include "launcher/xen/domains.h"

namespace xenlaunch {

/// What came of work given to a process of its own. Both processes return from run_detached: the
/// one that `is_detached` has ended the work and has nobody to talk to but the log.
struct Detached {
  bool is_detached = false;
  ExitCode code = ExitCode::done;
  std::optional<Domid> domid{};  ///< what `ready` was told; nullopt where the work ended without
};

/// Does `work` in a child process. Once the work calls `ready`, the child belongs to no terminal
/// any more and goes on alone, and the call returns here; where it ends before that, its exit
/// status is the result, and what it said it has said on the same standard error. Until it is ready
/// it is stopped by what stops this process (SIGINT of the terminal, or this one's end). Throws
/// Error (ExitCode::host) where no process can be started, in the child whatever `work` throws. Of
/// the descriptors that this process was started with the child keeps the standard ones and `kept`.
Detached run_detached(const std::function<ExitCode(const std::function<void(Domid)>& ready)>& work,
                      int kept = -1);

}  // namespace xenlaunch
