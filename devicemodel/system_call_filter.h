#pragma once

#include <linux/filter.h>

#include <vector>

namespace xenlaunch {

enum class SystemCalls {
  of_any_qemu,
  /// Without those, too, that lead past the rules of base/file_rules.h, or make processes.
  behind_a_wall,
};

/// A program for seccomp(2), by which the system calls fail with EPERM that no QEMU needs and that
/// lead to all of the host: those that mount, make namespaces, load modules or another kernel, look
/// into other processes or keys, or change the clock; and with EAFNOSUPPORT sockets of other kinds
/// than unix, IP and netlink. QEMU's own such list, `-sandbox on`, is not built into Debian's
/// QEMU for Xen. Throws Error (ExitCode::internal).
std::vector<sock_filter> system_call_filter(SystemCalls which = SystemCalls::of_any_qemu);

}  // namespace xenlaunch
