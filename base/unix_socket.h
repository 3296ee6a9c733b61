#pragma once

#include <sys/types.h>

#include <filesystem>

#include "base/file_descriptor.h"

// Stream sockets with a path. No descriptor, and errno, where something fails; ENAMETOOLONG for a
// path that the kernel has no room for.

namespace xenlaunch {

FileDescriptor connect_unix(const std::filesystem::path& path);

/// Made with `mode`, and not listening yet.
FileDescriptor bind_unix(const std::filesystem::path& path, mode_t mode);

}  // namespace xenlaunch
