#include "devicemodel/system_call_filter.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace xenlaunch {
namespace {

// QEMU's sandbox denies most of these as well (qemu-seccomp.c); users and fork() stay, since
// extra_args may ask for -runas, -chroot or a helper.
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
    "process_vm_writev", "ptrace",
    // names and clock
    "adjtimex", "clock_adjtime", "clock_settime", "setdomainname", "sethostname", "settimeofday",
    "stime"};

struct Release {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};

void check(int result) {
  if (result < 0) throw_errno(ExitCode::internal, -result, "make a filter of system calls");
}

}  // namespace

std::vector<sock_filter> system_call_filter() {
  const std::unique_ptr<void, Release> filter{::seccomp_init(SCMP_ACT_ALLOW)};
  if (!filter) check(-ENOMEM);
  for (const char* name : denied) {
    const int number = ::seccomp_syscall_resolve_name(name);
    // Not of this processor, or newer than this libseccomp.
    if (number < 0) continue;
    check(::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), number, 0));
  }
  const FileDescriptor memory{::memfd_create("filter", MFD_CLOEXEC)};
  if (memory.get() < 0) check(-errno);
  check(::seccomp_export_bpf(filter.get(), memory.get()));
  const off_t size = ::lseek(memory.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (::pread(memory.get(), program.data(), static_cast<std::size_t>(size), 0) != size) check(-EIO);
  return program;
}

}  // namespace xenlaunch
