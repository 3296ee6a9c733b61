#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>

#include "base/file_descriptor.h"

// Stream sockets with a path. No descriptor, and errno, where something fails; ENAMETOOLONG for a
// path that the kernel has no room for.

namespace xenlaunch {

/// Waits at most `patience` for an end that lets no more wait, 0: for as long as that takes.
FileDescriptor connect_unix(const std::filesystem::path& path,
                            std::chrono::seconds patience = std::chrono::seconds{0});

/// Made with `mode`, and not listening yet.
FileDescriptor bind_unix(const std::filesystem::path& path, mode_t mode);

}  // namespace xenlaunch
