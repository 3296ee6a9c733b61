#pragma once

#include <linux/filter.h>

#include <vector>

namespace xenlaunch {

enum class SystemCalls {
  of_any_qemu,
  behind_a_wall,  ///< without those, too, that lead past the rules of base/file_rules.h
};

/// A program for seccomp(2), by which the system calls fail with EPERM that no QEMU needs and that
/// lead to all of the host: those that mount, load modules or another kernel, look into other
/// processes, or change the clock. QEMU's own such list, `-sandbox on`, is not built into Debian's
/// QEMU for Xen. Throws Error (ExitCode::internal).
std::vector<sock_filter> system_call_filter(SystemCalls which = SystemCalls::of_any_qemu);

}  // namespace xenlaunch
