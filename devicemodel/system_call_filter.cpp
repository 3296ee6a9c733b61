#include "devicemodel/system_call_filter.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace xenlaunch {
namespace {

// QEMU's sandbox denies most of these as well (qemu-seccomp.c); users and fork() stay, since
// extra_args may ask for -runas, -chroot or a helper. Of keys root's are no others'.
constexpr const char* denied[] = {
    // mounts and namespaces
    "fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount", "open_tree",
    "pivot_root", "setns", "umount", "umount2", "unshare",
    // the kernel itself
    "acct", "bpf", "delete_module", "finit_module", "init_module", "iopl", "ioperm",
    "kexec_file_load", "kexec_load", "lookup_dcookie", "nfsservctl", "perf_event_open", "quotactl",
    "quotactl_fd", "reboot", "swapoff", "swapon", "syslog", "uselib", "userfaultfd", "vhangup",
    // other processes, files by number, device nodes
    "kcmp", "mknod", "mknodat", "open_by_handle_at", "pidfd_getfd", "process_vm_readv",
    "process_vm_writev", "ptrace", "add_key", "keyctl", "request_key",
    // names and clock
    "adjtimex", "clock_adjtime", "clock_settime", "setdomainname", "sethostname", "settimeofday",
    "stime"};

// What leads past Landlock, which looks at files that are opened to read or write, and at little
// else. ENOSYS, as on a kernel that does not have them, so that others are tried in their place.
constexpr const char* past_a_wall[] = {"fanotify_init", "io_uring_setup", "openat2"};
// What else root can do without a file that it has opened.
constexpr const char* beyond_a_wall[] = {
    // attributes of files, and files cut short, which Landlock sees from Linux 6.2 on
    "chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "fremovexattr",
    "fsetxattr", "futimesat", "lchown", "lremovexattr", "lsetxattr", "removexattr", "setxattr",
    "truncate", "truncate64", "utime", "utimensat", "utimes",
    // other processes, and such as would outlive this one
    "fork", "kill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "tkill", "vfork"};
// Newer than the libseccomp of Debian 12, by their numbers, which all processors share.
constexpr int open_tree_attr = 467;
constexpr int file_setattr = 469;

struct Release {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};

void check(int result) {
  if (result < 0) throw_errno(ExitCode::internal, -result, "make a filter of system calls");
}

template <std::size_t size>
void deny(void* filter, const char* const (&names)[size], unsigned error) {
  for (const char* name : names) {
    const int number = ::seccomp_syscall_resolve_name(name);
    // Not of this processor, or newer than this libseccomp.
    if (number < 0) continue;
    check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(error), number, 0));
  }
}

/// clone3(2) has its flags in memory, where no filter looks; the C library has another way.
void deny_namespaces(void* filter) {
  for (const unsigned flag : {CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS,
                              CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS})
    check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag)));
  check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
}

/// For others than these the kernel may load a module.
void deny_socket_families(void* filter) {
  for (unsigned family = 0; family <= AF_NETLINK; ++family)
    if (family != AF_UNIX && family != AF_INET && family != AF_INET6 && family != AF_NETLINK)
      check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                               SCMP_A0(SCMP_CMP_EQ, family)));
  check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                           SCMP_A0(SCMP_CMP_GT, AF_NETLINK)));
}

/// A tap device could outlive the QEMU that it was handed to, or be another user's. Of the request
/// the kernel looks at one half.
void deny_what_keeps_taps(void* filter) {
  constexpr std::uint64_t request_mask = 0xffffffff;
  for (const std::uint64_t request : {TUNSETPERSIST, TUNSETOWNER, TUNSETGROUP})
    check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                             SCMP_A1(SCMP_CMP_MASKED_EQ, request_mask, request)));
}

/// A file that is opened for neither reading nor writing is good for ioctl(2).
void deny_past_a_wall(void* filter) {
  deny(filter, past_a_wall, ENOSYS);
  deny(filter, beyond_a_wall, EPERM);
  check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 1,
                           SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_ACCMODE)));
  check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_ACCMODE)));
  check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 1,
                           SCMP_A0(SCMP_CMP_NE, 0)));
  check(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                           SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)));
}

}  // namespace

std::vector<sock_filter> system_call_filter(SystemCalls which) {
  const std::unique_ptr<void, Release> filter{::seccomp_init(SCMP_ACT_ALLOW)};
  if (!filter) check(-ENOMEM);
  deny(filter.get(), denied, EPERM);
  for (const int number : {open_tree_attr, file_setattr})
    check(::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), number, 0));
  deny_namespaces(filter.get());
  deny_socket_families(filter.get());
  deny_what_keeps_taps(filter.get());
  if (which == SystemCalls::behind_a_wall) deny_past_a_wall(filter.get());
  const FileDescriptor memory{::memfd_create("filter", MFD_CLOEXEC)};
  if (memory.get() < 0) check(-errno);
  check(::seccomp_export_bpf(filter.get(), memory.get()));
  const off_t size = ::lseek(memory.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (::pread(memory.get(), program.data(), static_cast<std::size_t>(size), 0) != size) check(-EIO);
  return program;
}

}  // namespace xenlaunch
