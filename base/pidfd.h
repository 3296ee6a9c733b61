#pragma once

#include <sys/types.h>

#include <chrono>

#include "base/file_descriptor.h"

namespace xenlaunch {

/// Holds the process `pid`, so that its number cannot become another's meanwhile; no descriptor,
/// and errno, where it is gone.
FileDescriptor open_pidfd(pid_t pid);

/// Nothing happens where the process has ended.
void signal_process(const FileDescriptor& pidfd, int number);

/// Whether the process has ended, or does before `time` has passed. Throws Error (ExitCode::host).
bool ends_within(const FileDescriptor& pidfd, std::chrono::milliseconds time);

/// SIGTERM, after `time_to_finish` SIGKILL. Whether it has ended, or does before `time_to_die`
/// more. Throws Error (ExitCode::host).
bool end_process(const FileDescriptor& pidfd, std::chrono::milliseconds time_to_finish,
                 std::chrono::milliseconds time_to_die);

}  // namespace xenlaunch
