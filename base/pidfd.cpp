#include "base/pidfd.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/error.h"

namespace xenlaunch {

// By number: glibc 2.36's <sys/pidfd.h> forgets extern "C".

FileDescriptor open_pidfd(pid_t pid) {
  return FileDescriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
}

void signal_process(const FileDescriptor& pidfd, int number) {
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0U);
}

bool ends_within(const FileDescriptor& pidfd, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd process{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    const int ready =
        ::poll(&process, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw_errno(ExitCode::host, errno, "wait for the end of a process");
  }
}

bool end_process(const FileDescriptor& pidfd, std::chrono::milliseconds time_to_finish,
                 std::chrono::milliseconds time_to_die) {
  signal_process(pidfd, SIGTERM);
  if (ends_within(pidfd, time_to_finish)) return true;
  signal_process(pidfd, SIGKILL);
  return ends_within(pidfd, time_to_die);
}

}  // namespace xenlaunch
