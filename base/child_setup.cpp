#include "base/child_setup.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <limits>

namespace xenlaunch {
namespace {

bool bind(const FileView& view) {
  return ::mount(view.shown.c_str(), view.in_place_of.c_str(), nullptr, MS_BIND, nullptr) == 0;
}

bool bind_new(const FileView& view) {
  const int empty = ::open(view.in_place_of.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (empty < 0) return false;
  ::close(empty);
  return bind(view);
}

bool show_folder(const FolderView& view) {
  constexpr unsigned long harmless = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (::mount("none", view.scratch.c_str(), "tmpfs", harmless, "mode=0700") != 0) return false;
  for (const FileView& file : view.files)
    if (!bind_new(file)) return false;
  for (const Link& link : view.links)
    if (::symlink(link.target.c_str(), link.path.c_str()) != 0) return false;
  return ::mount(view.scratch.c_str(), view.in_place_of.c_str(), nullptr, MS_BIND | MS_REC,
                 nullptr) == 0;
}

/// What no confined program needs: those that the unit for services is without as well
/// (configs/systemd), and CAP_SYS_PTRACE. With that /proc/PID/root of a process of dom0's leads
/// past the view of the file systems, and /proc/PID/mem into that process (ptrace_may_access of
/// Linux kernel/ptrace.c); without, only of one that has no capability but those that are left.
constexpr std::array<unsigned, 26> dropped_capabilities{
    CAP_AUDIT_CONTROL,   CAP_AUDIT_READ,   CAP_AUDIT_WRITE,
    CAP_BLOCK_SUSPEND,   CAP_BPF,          CAP_CHECKPOINT_RESTORE,
    CAP_CHOWN,           CAP_FSETID,       CAP_LEASE,
    CAP_LINUX_IMMUTABLE, CAP_MAC_ADMIN,    CAP_MAC_OVERRIDE,
    CAP_NET_BROADCAST,   CAP_PERFMON,      CAP_SETFCAP,
    CAP_SETPCAP,         CAP_SYS_BOOT,     CAP_SYSLOG,
    CAP_SYS_MODULE,      CAP_SYS_NICE,     CAP_SYS_PACCT,
    CAP_SYS_PTRACE,      CAP_SYS_RESOURCE, CAP_SYS_TIME,
    CAP_SYS_TTY_CONFIG,  CAP_WAKE_ALARM};

/// For good only with no_new_privs: a program of root's would have them again.
bool drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  for (const unsigned capability : dropped_capabilities) {
    __user_cap_data_struct& set = sets[CAP_TO_INDEX(capability)];
    set.effective &= ~CAP_TO_MASK(capability);
    set.permitted &= ~CAP_TO_MASK(capability);
    set.inheritable &= ~CAP_TO_MASK(capability);
  }
  return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

/// What a program sees of the host, and can do to it, in the order in which that has to be taken
/// away.
class Cage {
 public:
  Cage(const SpawnRequest& request, const FileDescriptor& ruleset)
      : request_{request}, ruleset_{ruleset} {}

  bool enter() const {
    // The views last: what is mounted before that is made read-only.
    return get_namespaces() && keep_from_writing() && show_views() && make_root()&& restrict();
  }

 private:
  /// Slaves: what the host mounts or unmounts later is no different here, or a disk that it takes
  /// away would stay busy.
  bool get_namespaces() const {
    if (request_.folder_views.empty() && request_.views.empty() && request_.confinement == nullptr)
      return true;
    const int others = request_.confinement != nullptr ? request_.confinement->namespaces : 0;
    return ::unshare(CLONE_NEWNS | others) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
  }

  bool show_views() const {
    for (const FolderView& view : request_.folder_views)
      if (!show_folder(view)) return false;
    for (const FileView& view : request_.views)
      if (!bind(view)) return false;
    return true;
  }

  bool keep_from_writing() const {
    if (request_.confinement == nullptr) return true;
    for (const std::filesystem::path& path : request_.confinement->bound)
      if (::mount(path.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
        return false;
    // Of all at once: on the way to each, one whose server is gone would be waited for.
    mount_attr read_only{};
    read_only.attr_set = MOUNT_ATTR_RDONLY;
    if (::mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &read_only, sizeof read_only) != 0)
      return false;
    mount_attr writable{};
    writable.attr_clr = MOUNT_ATTR_RDONLY;
    for (const std::filesystem::path& point : request_.confinement->writable)
      ::mount_setattr(AT_FDCWD, point.c_str(), AT_NO_AUTOMOUNT, &writable, sizeof writable);
    return true;
  }

  bool make_root() const {
    if (request_.confinement == nullptr || !request_.confinement->root) return true;
    const PrivateRoot& root = *request_.confinement->root;
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
    if (request_.confinement == nullptr) return true;
    // 0 would let a program have it that core_pattern names (do_coredump of Linux fs/coredump.c).
    const rlimit none{.rlim_cur = 1, .rlim_max = 1};
    ::setrlimit(RLIMIT_CORE, &none);
    if (!limit_files() || !limit_processes() || ::chdir("/") != 0) return false;
    const auto& filter = request_.confinement->system_calls;
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                             .filter = const_cast<sock_filter*>(filter.data())};
    return drop_capabilities() && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           (ruleset_.get() < 0 || go_by(ruleset_)) &&
           (filter.empty() || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
  }

  bool limit_files() const {
    return !request_.confinement->open_files ||
           limit(RLIMIT_NOFILE, *request_.confinement->open_files);
  }

  /// As another user, which it may become.
  bool limit_processes() const {
    return !request_.confinement->processes ||
           limit(RLIMIT_NPROC, *request_.confinement->processes);
  }

  /// Never more than we have ourselves.
  static bool limit(decltype(RLIMIT_NPROC) what, rlim_t most) {
    rlimit limits{};
    if (::getrlimit(what, &limits) != 0) return false;
    limits.rlim_max = std::min(limits.rlim_max, most);
    limits.rlim_cur = limits.rlim_max;
    return ::setrlimit(what, &limits) == 0;
  }

  const SpawnRequest& request_;
  const FileDescriptor& ruleset_;
};

}  // namespace

bool set_up_child(const SpawnRequest& request, const std::vector<GivenFile>& given,
                  const FileDescriptor& ruleset) {
  // An ignored signal, as SIGPIPE is here, would stay ignored over exec; and a handler would run
  // in our memory once signals are let in.
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &by_default, nullptr);
  if (request.new_session)
    ::setsid();
  else
    ::setpgid(0, 0);
  if (request.makes_private_files) ::umask(S_IRWXG | S_IRWXO);
  if (request.dies_with_us) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // dup2 leaves this flag where the descriptor has the right number already.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::fcntl(fd, F_SETFD, 0);
  // Boost 1.81 closes only those above the last one that is listed; and what our caller has left
  // open for us is none of the program's.
  if (!request.shares_files)
    ::close_range(STDERR_FILENO + 1, std::numeric_limits<unsigned>::max(), CLOSE_RANGE_CLOEXEC);
  for (const int fd : request.kept) ::fcntl(fd, F_SETFD, 0);
  for (const GivenFile& file : given)
    if (::dup2(file.ours, file.number) < 0) return false;
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  return Cage{request, ruleset}.enter();
}

}  // namespace xenlaunch
