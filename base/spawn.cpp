#include "base/spawn.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

// So that no library of Boost's is needed, as far as 1.85: paths are the standard library's. The
// headers of 1.81 then use boost::optional without including it.
#define BOOST_PROCESS_USE_STD_FS 1
#include <boost/optional.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/vfork_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>

#include "base/child_setup.h"
#include "base/error.h"
#include "base/pidfd.h"
#include "base/signals_blocked.h"

// The one place that knows Boost.Process. It compiles with 1.81 and up; what its versions do wrong
// for us is worked around here alone.

namespace xenlaunch {
namespace {

namespace process = boost::process::v2;

/// What we have to do in the child, before exec.
struct InChild {
  const SpawnRequest& request;
  const std::vector<GivenFile>& given;
  const FileDescriptor& ruleset;  ///< of the confinement

  template <typename Launcher, typename Path>
  boost::system::error_code on_exec_setup(Launcher&, const Path&, const char* const*) const {
    if (set_up_child(request, given, ruleset)) return {};
    return {errno, boost::system::system_category()};
  }

  /// 1.81 leaves a child that cannot exec by exit(), which would run our exit handlers and write
  /// what our streams hold (1.83 uses _exit). Any arguments: before 1.88 it is called with four,
  /// and only where five would do.
  template <typename... Any>
  [[noreturn]] void on_exec_error(const Any&...) const {
    ::_exit(EXIT_FAILURE);
  }
};

/// A null-terminated array of C strings, valid as long as `strings`.
std::vector<const char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<const char*> pointers;
  for (const std::string& string : strings) pointers.push_back(string.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

/// Our descriptors beside stdin, stdout and stderr that a program we execute would have.
std::vector<int> shared_files() {
  std::vector<int> files;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    const int fd = std::stoi(entry.path().filename());
    const int flags = ::fcntl(fd, F_GETFD);
    if (fd > STDERR_FILENO && flags >= 0 && (flags & FD_CLOEXEC) == 0) files.push_back(fd);
  }
  return files;
}

/// Above all numbers under which the program has something.
int first_beyond(const std::vector<GivenFile>& given) {
  int highest = STDERR_FILENO;
  for (const GivenFile& file : given) highest = std::max(highest, file.number);
  return highest + 1;
}

/// Ours under numbers above those that the program is to have them under: none is then closed by
/// what is put in its place. The last is -1, with errno, where there is no room for it.
std::vector<FileDescriptor> out_of_the_way(const std::vector<GivenFile>& given) {
  std::vector<FileDescriptor> copies;
  for (const GivenFile& file : given) {
    copies.emplace_back(::fcntl(file.ours, F_DUPFD_CLOEXEC, first_beyond(given)));
    if (copies.back().get() < 0) break;
  }
  return copies;
}

/// Out of the way of those that are given, too; none where the program goes by no rules.
FileDescriptor ruleset_for(const SpawnRequest& request) {
  if (request.confinement == nullptr || !request.confinement->files) return {};
  const FileDescriptor ruleset = make_ruleset(*request.confinement->files);
  FileDescriptor copy{::fcntl(ruleset.get(), F_DUPFD_CLOEXEC, first_beyond(request.given))};
  if (copy.get() < 0) throw_errno(ExitCode::host, errno, "make rules of what QEMU may open");
  return copy;
}

/// The process id, or the reason why there is none.
pid_t launch(const SpawnRequest& request, boost::system::error_code& error) {
  // vfork, not the default fork: that copies page tables and makes us fault on each page that we
  // write afterwards (72 faults and five times the time at 3 MB, which is 5 ms more in a dom0 whose
  // page faults are emulated), and the fork launcher of 1.81 leaves descriptors open that are below
  // its own pipe. A context of its own, new and without a reactor: the vfork launcher of 1.81 tells
  // the context in the child of the fork, and an epoll reactor would then make its descriptors anew
  // in the child but note them in our memory (1.83 no longer tells it in the child).
  boost::asio::io_context context;
  process::posix::vfork_launcher launcher;
  std::vector<const char*> environment;
  if (request.environment) {
    environment = pointers_to(*request.environment);
    launcher.env = environment.data();
  }
  // What is not listed is closed.
  if (request.shares_files)
    for (const int fd : shared_files()) launcher.fd_whitelist.push_back(fd);
  launcher.fd_whitelist.insert(launcher.fd_whitelist.end(), request.kept.begin(),
                               request.kept.end());
  const std::vector<FileDescriptor> copies = out_of_the_way(request.given);
  if (!copies.empty() && copies.back().get() < 0) {
    // Above what we may have open it is EINVAL, which says nothing to anybody.
    error = {errno == EINVAL ? EMFILE : errno, boost::system::system_category()};
    return -1;
  }
  std::vector<GivenFile> given;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    given.push_back({.ours = copies[i].get(), .number = request.given[i].number});
    launcher.fd_whitelist.push_back(request.given[i].number);
  }
  const FileDescriptor ruleset = ruleset_for(request);
  if (ruleset.get() >= 0) launcher.fd_whitelist.push_back(ruleset.get());
  const std::vector<std::string> arguments{request.argv.begin() + 1, request.argv.end()};
  // Handlers of ours must not run in the child.
  const SignalsBlocked blocked;
  // By executor: given the context, 1.81 throws instead of setting `error`.
  auto child = launcher(context.get_executor(), error, request.argv.front(), arguments,
                        process::process_stdio{request.input, request.output, request.errors},
                        InChild{request, given, ruleset});
  // Or its destructor would kill it; we reap it, by a pidfd of our own.
  child.detach();
  // Before 1.88 nobody reaps one that could not exec.
  if (error && launcher.pid > 0) ::waitpid(launcher.pid, nullptr, 0);
  return launcher.pid;
}

}  // namespace

Child spawn(const SpawnRequest& request, ExitCode code) {
  const std::string& program = request.argv.front();
  boost::system::error_code error;
  pid_t pid = -1;
  try {
    pid = launch(request, error);
  } catch (const boost::system::system_error& thrown) {  // Asio's, without descriptors
    error = thrown.code();
  }
  if (error) throw_errno(code, error.value(), "run " + program);
  FileDescriptor pidfd = open_pidfd(pid);
  if (pidfd.get() >= 0) return {pid, std::move(pidfd)};
  const int reason = errno;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  throw_errno(code, reason, "watch " + program);
}

ProcessEnd reap(const FileDescriptor& pidfd) {
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED) != 0)
    if (errno != EINTR) return {.is_known = false};
  return {.by_signal = info.si_code != CLD_EXITED, .number = info.si_status};
}

std::string ProcessEnd::to_string() const {
  if (!is_known) return "ended (how is not known: an earlier launcher had started it)";
  if (!by_signal) return "exited with status " + std::to_string(number);
  return "was killed by signal " + std::to_string(number) + " (" + strsignal(number) + ")";
}

}  // namespace xenlaunch
