#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace xenlaunch {

/// What a qcow2 image says that QEMU is to open besides (docs/interop/qcow2.txt of QEMU): its
/// backing file and the file that holds its data, as they stand in it. Empty of a file that is no
/// qcow2 image, or has none.
std::vector<std::string> qcow2_links(const std::filesystem::path& image);

/// The files that QEMU opens with the qcow2 image `image`, and those that they name in turn: their
/// real paths, the nearest first, without its own. What is no plain file's name is left out.
std::vector<std::filesystem::path> linked_files(const std::filesystem::path& image);

/// Of the files that QEMU opens with the qcow2 image `image`, and of those that they name in turn,
/// the first that is neither in the folder of the one that names it, as it was named or as links
/// lead there, nor in one of `trusted_folders`, or is no plain file's name; nullopt where there is
/// none. An image may come from anywhere, and could name any file of the host.
std::optional<std::string> file_beyond(const std::filesystem::path& image,
                                       const std::vector<std::string>& trusted_folders);

}  // namespace xenlaunch
