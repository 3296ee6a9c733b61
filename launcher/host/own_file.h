#pragma once

#include <sys/types.h>

#include <filesystem>

namespace xenlaunch {

/// Throws Error (ExitCode::host) unless `path` is a file or folder (`type`: S_IFREG, S_IFDIR) that
/// only this user can have written.
void require_own(const std::filesystem::path& path, mode_t type);

}  // namespace xenlaunch
