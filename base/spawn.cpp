#include "base/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>

// So that no library of Boost's is needed, as far as 1.85: paths are the standard library's. The
// headers of 1.81 then use boost::optional without including it.
#define BOOST_PROCESS_USE_STD_FS 1
#include <boost/optional.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/vfork_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>

#include "base/error.h"
#include "base/pidfd.h"
#include "base/signals_blocked.h"

// The one place that knows Boost.Process. It compiles with 1.81 and up; what its versions do wrong
// for us is worked around here alone.

namespace xenlaunch {
namespace {

namespace process = boost::process::v2;

/// What we have to do in the child, between vfork and exec: it runs in our memory, so these are
/// system calls only.
struct InChild {
  bool new_session;
  bool dies_with_us;
  bool shares_files;
  bool makes_private_files;
  const std::vector<int>& kept;
  const std::vector<GivenFile>& given;
  const std::vector<FolderView>& folder_views;
  const std::vector<FileView>& views;
  const Confinement* confinement;
  const FileDescriptor& ruleset;  ///< of the confinement

  template <typename Launcher, typename Path>
  boost::system::error_code on_exec_setup(Launcher&, const Path&, const char* const*) const {
    // An ignored signal, as SIGPIPE is here, would stay ignored over exec; and a handler would run
    // in our memory once signals are let in.
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &by_default, nullptr);
    if (new_session)
      ::setsid();
    else
      ::setpgid(0, 0);
    if (makes_private_files) ::umask(S_IRWXG | S_IRWXO);
    if (dies_with_us) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // dup2 leaves this flag where the descriptor has the right number already.
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::fcntl(fd, F_SETFD, 0);
    // Boost 1.81 closes only those above the last one that is listed; and what our caller has left
    // open for us is none of the program's.
    if (!shares_files)
      ::close_range(STDERR_FILENO + 1, std::numeric_limits<unsigned>::max(), CLOSE_RANGE_CLOEXEC);
    for (const int fd : kept) ::fcntl(fd, F_SETFD, 0);
    for (const GivenFile& file : given)
      if (::dup2(file.ours, file.number) < 0) return {errno, boost::system::system_category()};
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // The views last: what is mounted before that is made read-only.
    return get_namespaces() && keep_from_writing() && show_views() && make_root()&& restrict()
               ? boost::system::error_code{}
               : boost::system::error_code{errno, boost::system::system_category()};
  }

  /// Slaves: what the host mounts or unmounts later is no different here, or a disk that it takes
  /// away would stay busy.
  bool get_namespaces() const {
    if (folder_views.empty() && views.empty() && confinement == nullptr) return true;
    const int others = confinement != nullptr ? confinement->namespaces : 0;
    return ::unshare(CLONE_NEWNS | others) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
  }

  bool show_views() const {
    for (const FolderView& view : folder_views)
      if (!show_folder(view)) return false;
    for (const FileView& view : views)
      if (!bind(view)) return false;
    return true;
  }

  static bool bind(const FileView& view) {
    return ::mount(view.shown.c_str(), view.in_place_of.c_str(), nullptr, MS_BIND, nullptr) == 0;
  }

  static bool bind_new(const FileView& view) {
    const int empty = ::open(view.in_place_of.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (empty < 0) return false;
    ::close(empty);
    return bind(view);
  }

  static bool show_folder(const FolderView& view) {
    constexpr unsigned long harmless = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (::mount("none", view.scratch.c_str(), "tmpfs", harmless, "mode=0700") != 0) return false;
    for (const FileView& file : view.files)
      if (!bind_new(file)) return false;
    for (const Link& link : view.links)
      if (::symlink(link.target.c_str(), link.path.c_str()) != 0) return false;
    return ::mount(view.scratch.c_str(), view.in_place_of.c_str(), nullptr, MS_BIND | MS_REC,
                   nullptr) == 0;
  }

  bool keep_from_writing() const {
    if (confinement == nullptr) return true;
    for (const std::filesystem::path& path : confinement->bound)
      if (::mount(path.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
        return false;
    // Of all at once: on the way to each, one whose server is gone would be waited for.
    mount_attr read_only{};
    read_only.attr_set = MOUNT_ATTR_RDONLY;
    if (::mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &read_only, sizeof read_only) != 0)
      return false;
    mount_attr writable{};
    writable.attr_clr = MOUNT_ATTR_RDONLY;
    for (const std::filesystem::path& point : confinement->writable)
      ::mount_setattr(AT_FDCWD, point.c_str(), AT_NO_AUTOMOUNT, &writable, sizeof writable);
    return true;
  }

  bool make_root() const {
    if (confinement == nullptr || !confinement->root) return true;
    const PrivateRoot& root = *confinement->root;
    const mode_t mask = ::umask(0);
    if (::mount("none", root.folder.c_str(), "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0711") != 0)
      return false;
    // Made with that group: as a service we may change no file's owner.
    const int group = ::setfsgid(root.group);
    for (const std::filesystem::path& folder : root.folders)
      if (::mkdir(folder.c_str(), 0710) != 0) return false;
    for (const PrivateNode& node : root.nodes)
      if (::mknod(node.path.c_str(), node.mode, node.device) != 0) return false;
    for (const FileView& file : root.shown)
      if (!bind_new(file)) return false;
    ::setfsgid(static_cast<gid_t>(group));
    ::umask(mask);
    mount_attr read_only{};
    read_only.attr_set = MOUNT_ATTR_RDONLY;
    return ::mount_setattr(AT_FDCWD, root.folder.c_str(), 0, &read_only, sizeof read_only) == 0;
  }

  bool restrict() const {
    if (confinement == nullptr) return true;
    const rlimit none{};
    ::setrlimit(RLIMIT_CORE, &none);
    if (!limit_files() || ::chdir("/") != 0) return false;
    const auto& filter = confinement->system_calls;
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                             .filter = const_cast<sock_filter*>(filter.data())};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && (ruleset.get() < 0 || go_by(ruleset)) &&
           (filter.empty() || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
  }

  /// Never more than we have ourselves.
  bool limit_files() const {
    rlimit files{};
    if (!confinement->open_files) return true;
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return false;
    const rlim_t most = *confinement->open_files;
    if (files.rlim_max > most) files.rlim_max = most;
    files.rlim_cur = files.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &files) == 0;
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
                        InChild{request.new_session, request.dies_with_us, request.shares_files,
                                request.makes_private_files, request.kept, given,
                                request.folder_views, request.views, request.confinement, ruleset});
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
  const pid_t pid = launch(request, error);
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
