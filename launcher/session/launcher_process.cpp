#include "launcher/session/launcher_process.h"

#include <csignal>

#include "base/error.h"
#include "base/pidfd.h"
#include "launcher/host/lock.h"

namespace xenlaunch {

LauncherProcess::LauncherProcess(const Directories& directories, const std::string& vm) {
  const std::optional<LockHolder> holder = lock_holder(directories.locks, "vm-" + vm);
  if (holder && !holder->is_ours())
    throw Error{ExitCode::host, "cannot find the launcher of " + vm + ": its lock is held by " +
                                    holder->to_string() + " and so is none of xenlaunch's"};
  if (holder) pidfd_ = open_pidfd(holder->pid);
  // Looked at again: the number may have gone to another process before it was held.
  if (pidfd_.get() < 0 || lock_holder(directories.locks, "vm-" + vm) != holder)
    throw Error{ExitCode::host, "cannot find the launcher of " + vm + ": it has just ended"};
}

bool LauncherProcess::ends_within(std::chrono::milliseconds time) const {
  return xenlaunch::ends_within(pidfd_, time);
}

void LauncherProcess::destroy() const {
  signal_process(pidfd_, SIGTERM);
}

}  // namespace xenlaunch
