#pragma once

#include <linux/filter.h>

#include <filesystem>
#include <vector>

namespace xenlaunch {

/// What a program cannot do, though it runs as we do: it has a mount namespace of its own, in which
/// it writes to nothing but `writable`, no way to get more privileges, and none of the system calls
/// that the filter denies. It leaves no core dump.
struct Confinement {
  /// Bound onto themselves first, so that they are mounts of their own.
  std::vector<std::filesystem::path> bound;
  std::vector<std::filesystem::path> writable;  ///< mount points
  std::vector<sock_filter> system_calls;        ///< a program for seccomp(2)
};

}  // namespace xenlaunch
