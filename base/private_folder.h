#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace xenlaunch {

/// Makes `folder` and what is missing above it, each with this mode, whatever the umask: for this
/// user alone unless another one is said. One that is there stays as it is. Returns errno, 0 where
/// it is there now.
int make_missing_folders(const std::filesystem::path& folder, mode_t mode = 0700);

/// The same, and takes from all others what they may do with `folder` where it was there before.
/// Returns why that cannot be, "making FOLDER failed: REASON"; empty where it is done.
std::string make_private_folder(const std::filesystem::path& folder);

}  // namespace xenlaunch
