#pragma once

#include <filesystem>
#include <vector>

#include "base/file_descriptor.h"

namespace xenlaunch {

/// All that a program can still open to read or write, whoever it is: what is at these paths and
/// below. By the kernel's Landlock (Documentation/userspace-api/landlock.rst), which lets through
/// what opens a file for neither (access mode 3), and what changes one without opening it; a filter
/// of system calls has to deny these. From Linux 6.12 on it also signals nobody, and connects to no
/// abstract socket, but those that it starts.
struct FileRules {
  std::vector<std::filesystem::path> read;
  std::vector<std::filesystem::path> written;  ///< and read
  friend bool operator==(const FileRules&, const FileRules&) = default;
};

/// Whether this kernel has Landlock, from Linux 5.13 on, and it is not switched off (`lsm=`).
bool has_landlock();

/// The rules as landlock_restrict_self(2) takes them. What is not there is left out. Throws Error
/// (ExitCode::host).
FileDescriptor make_ruleset(const FileRules& rules);

/// From now on this program, and all that it executes, goes by them. False, and errno, where the
/// kernel does not have it. Async-signal-safe.
bool go_by(const FileDescriptor& ruleset);

}  // namespace xenlaunch
