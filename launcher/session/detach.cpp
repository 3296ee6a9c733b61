#include "launcher/session/detach.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace xenlaunch {
namespace {

/// From here on no terminal and no parent can end it.
void leave_the_terminal() {
  ::prctl(PR_SET_PDEATHSIG, 0);
  ::setsid();
  std::ignore =
      ::chdir("/");  // or a file system could not be unmounted for as long as the VM lives
  std::cout.flush();
  std::cerr.flush();
  const FileDescriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::dup2(null.get(), standard);
}

/// Whoever waits for the end of a file that the caller's caller had open would wait for the VM's.
void close_others(std::set<int> kept) {
  unsigned first = STDERR_FILENO + 1;
  for (const int fd : kept) {
    if (fd < static_cast<int>(first)) continue;
    if (fd > static_cast<int>(first)) ::close_range(first, static_cast<unsigned>(fd) - 1, 0);
    first = static_cast<unsigned>(fd) + 1;
  }
  ::close_range(first, ~0U, 0);
}

void tell(int pipe, Domid domid) {
  std::ignore = ::write(pipe, &domid, sizeof domid);  // the parent may be gone, the VM stays
}

/// Reads what the child is ready with; nullopt where it ended instead.
std::optional<Domid> await_ready(int pipe) {
  Domid domid = 0;
  ssize_t got = 0;
  do got = ::read(pipe, &domid, sizeof domid);
  while (got < 0 && errno == EINTR);
  return got == sizeof domid ? std::optional{domid} : std::nullopt;
}

ExitCode exit_code_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return static_cast<ExitCode>(WEXITSTATUS(status));
  throw Error{ExitCode::host_left_changed,
              "cannot say how the start went: its process was killed by "
              "signal " +
                  std::to_string(WTERMSIG(status)) +
                  "; `xenlaunch recover` gives back what it had taken"};
}

}  // namespace

Detached run_detached(const std::function<ExitCode(const std::function<void(Domid)>& ready)>& work,
                      int kept) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw_errno(ExitCode::host, errno, "start a process for the VM");
  FileDescriptor reader{ends[0]};
  FileDescriptor writer{ends[1]};
  std::cout.flush();
  std::cerr.flush();
  const pid_t parent = ::getpid();
  const auto before = std::signal(SIGINT, SIG_IGN);  // the child takes it, and its end ends us
  const pid_t child = ::fork();
  if (child < 0) throw_errno(ExitCode::host, errno, "start a process for the VM");
  if (child == 0) {
    std::signal(SIGINT, before);
    reader = FileDescriptor{};
    close_others({writer.get(), kept});
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::raise(SIGTERM);
    const auto ready = [&writer](Domid domid) {
      if (writer.get() < 0) return;  // a restart
      leave_the_terminal();
      tell(writer.get(), domid);
      writer = FileDescriptor{};
    };
    return {.is_detached = true, .code = work(ready)};
  }
  writer = FileDescriptor{};
  const std::optional<Domid> domid = await_ready(reader.get());
  std::signal(SIGINT, before);
  if (domid) return {.domid = domid};
  return {.code = exit_code_of(child)};
}

}  // namespace xenlaunch
