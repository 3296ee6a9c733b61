#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "base/file_rules.h"

namespace xenlaunch {

/// A file that a program sees in the place of another one, and nobody else does. Both are there.
struct FileView {
  std::filesystem::path shown;
  std::filesystem::path in_place_of;
  friend bool operator==(const FileView&, const FileView&) = default;
};

/// A file of a private root.
struct PrivateNode {
  std::filesystem::path path;  ///< below the root's folder
  mode_t mode{};               ///< with its kind
  dev_t device{};              ///< of a device node
  friend bool operator==(const PrivateNode&, const PrivateNode&) = default;
};

/// A folder in which a program, and nobody else, sees these files and nothing more: they are made
/// in memory, as root's and `group`'s, and nobody can change them or add any.
struct PrivateRoot {
  std::filesystem::path folder;
  gid_t group{};
  std::vector<std::filesystem::path> folders;  ///< made first, each after the one that it is in
  std::vector<PrivateNode> nodes;
  std::vector<FileView> shown{};  ///< files of the host, each in its place below the folder
  friend bool operator==(const PrivateRoot&, const PrivateRoot&) = default;
};

/// What a program cannot do, though it runs as we do: it has a mount namespace of its own, in which
/// it writes to nothing but `writable`, no way to get more privileges, and none of the system calls
/// that the filter denies. It leaves no core dump, is in no folder but /, and has at most so many
/// files open and processes.
struct Confinement {
  /// Bound onto themselves first, so that they are mounts of their own.
  std::vector<std::filesystem::path> bound;
  std::vector<std::filesystem::path> writable;  ///< mount points
  std::vector<sock_filter> system_calls;        ///< a program for seccomp(2)
  int namespaces = 0;                           ///< flags of unshare(2) for more of its own
  std::optional<unsigned> open_files{};         ///< nullopt: as many as we may
  std::optional<unsigned> processes{};          ///< of its user, threads too; root has no limit
  std::optional<PrivateRoot> root{};            ///< where it will change its root to; nullopt: none
  std::optional<FileRules> files{};             ///< what it can open then; nullopt: as before
};

/// Whether this kernel can make mounts read-only as a whole: mount_setattr(2), from Linux 5.12 on.
bool can_confine();

/// More namespaces that a program can have for itself, as flags of unshare(2): what processes send
/// each other (System V IPC), and the network where it needs none of the host's. What this kernel
/// does not have is left out.
int own_namespaces(bool needs_network);

}  // namespace xenlaunch
