#include "launcher/launcher_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "launcher/base/error.h"
#include "launcher/locks.h"

namespace xenlaunch {

LauncherProcess::LauncherProcess(const std::string& vm) {
  const std::optional<LockHolder> holder = lock_holder(lock_directory, "vm-" + vm);
  // By number: glibc 2.36's <sys/pidfd.h> forgets extern "C".
  if (holder) pidfd_ = FileDescriptor{static_cast<int>(::syscall(SYS_pidfd_open, holder->pid, 0))};
  // Looked at again: the number may have gone to another process before it was held.
  if (pidfd_.get() < 0 || lock_holder(lock_directory, "vm-" + vm) != holder)
    throw Error{ExitCode::host, "cannot find the launcher of " + vm + ": it has just ended"};
}

bool LauncherProcess::ends_within(std::chrono::milliseconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd process{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    const int ready =
        ::poll(&process, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw_errno(ExitCode::host, errno, "wait for the VM's launcher");
  }
}

void LauncherProcess::destroy() const {
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGTERM, nullptr, 0U);
}

}  // namespace xenlaunch
