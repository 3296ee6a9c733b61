#pragma once

#include <linux/filter.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace xenlaunch {

/// What a program cannot do, though it runs as we do: it has a mount namespace of its own, in which
/// it writes to nothing but `writable`, no way to get more privileges, and none of the system calls
/// that the filter denies. It leaves no core dump, is in no folder but /, and has at most so many
/// files open.
struct Confinement {
  /// Bound onto themselves first, so that they are mounts of their own.
  std::vector<std::filesystem::path> bound;
  std::vector<std::filesystem::path> writable;  ///< mount points
  std::vector<sock_filter> system_calls;        ///< a program for seccomp(2)
  int namespaces = 0;                           ///< flags of unshare(2) for more of its own
  std::optional<unsigned> open_files{};         ///< nullopt: as many as we may
};

/// Whether this kernel can make mounts read-only as a whole: mount_setattr(2), from Linux 5.12 on.
bool can_confine();

/// More namespaces that a program can have for itself, as flags of unshare(2): what processes send
/// each other (System V IPC), and the network where it needs none of the host's. What this kernel
/// does not have is left out.
int own_namespaces(bool needs_network);

}  // namespace xenlaunch
