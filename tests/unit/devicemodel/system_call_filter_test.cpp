#include "devicemodel/system_call_filter.h"

#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

/// A system call with arguments by which it does nothing, were it let through.
using Attempt = std::array<long, 3>;
using Errors = std::vector<int>;

/// What the attempts end with in a process under the filter: errno, 0 where one has done something.
Errors errors_of(SystemCalls which, const std::vector<Attempt>& attempts) {
  const std::vector<sock_filter> filter = system_call_filter(which);
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                             .filter = const_cast<sock_filter*>(filter.data())};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
      ::_exit(1);
    for (const auto& [number, first, second] : attempts) {
      const long result = ::syscall(number, first, second, 0, 0, 0);
      if (number == SYS_clone && result == 0) ::_exit(0);  // the child of that
      const int error = result < 0 ? errno : 0;
      if (::write(pipe[1], &error, sizeof error) != sizeof error) ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(pipe[1]);
  Errors errors;
  for (int error = 0; ::read(pipe[0], &error, sizeof error) == sizeof error;)
    errors.push_back(error);
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  return errors;
}

long named(const char* path) {
  return reinterpret_cast<long>(path);
}

// Docker denies some of these as well: then the attempts say less, and nothing wrong.
TEST_CASE("no QEMU makes a namespace, looks at keys, or opens a socket that loads a module") {
  const std::vector<Attempt> attempts{{SYS_clone, CLONE_NEWUSER | SIGCHLD},
                                      {SYS_clone, CLONE_NEWNS | CLONE_NEWNET | SIGCHLD},
                                      {SYS_clone3, 0, 0},
                                      {SYS_unshare, CLONE_NEWUSER},
                                      {SYS_keyctl, 0, 0},
                                      {SYS_socket, AF_UNIX, SOCK_STREAM},
                                      {SYS_socket, AF_NETLINK, SOCK_RAW},
                                      {SYS_socket, AF_PACKET, SOCK_RAW},
                                      {SYS_socket, AF_ALG, SOCK_SEQPACKET},
                                      {SYS_socket, AF_VSOCK, SOCK_STREAM}};
  const Errors errors{EPERM, EPERM, ENOSYS,       EPERM,        EPERM,
                      0,     0,     EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT};
  CHECK(errors_of(SystemCalls::of_any_qemu, attempts) == errors);
  CHECK(errors_of(SystemCalls::behind_a_wall, attempts) == errors);
}

TEST_CASE("no QEMU makes a tap device outlive it, or another user's") {
  constexpr long above_the_request = 1L << 32;
  CHECK(errors_of(SystemCalls::of_any_qemu, {{SYS_ioctl, -1, TUNSETPERSIST},
                                             {SYS_ioctl, -1, TUNSETPERSIST | above_the_request},
                                             {SYS_ioctl, -1, TUNSETOWNER},
                                             {SYS_ioctl, -1, TUNSETGROUP},
                                             {SYS_ioctl, -1, TUNGETIFF}}) ==
        Errors{EPERM, EPERM, EPERM, EPERM, EBADF});
}

TEST_CASE("behind a wall no process is made, and no file cut short by its name") {
  const std::vector<Attempt> attempts{{SYS_clone, SIGCHLD},
                                      {SYS_clone, CLONE_THREAD},
                                      {SYS_fork},
                                      {SYS_vfork},
                                      {SYS_truncate, named("/nonexistent"), 0},
                                      {SYS_pidfd_open, ::getpid(), 0}};
  // Without what goes with it the kernel refuses to make a thread. Our own process there watches
  // for the end of another one.
  CHECK(errors_of(SystemCalls::behind_a_wall, attempts) ==
        Errors{EPERM, EINVAL, EPERM, EPERM, EPERM, 0});
  CHECK(errors_of(SystemCalls::of_any_qemu,
                  {{SYS_clone, SIGCHLD}, {SYS_truncate, named("/nonexistent"), 0}}) ==
        Errors{0, ENOENT});
}

}  // namespace
}  // namespace xenlaunch::test
