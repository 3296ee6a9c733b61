#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"

namespace xenlaunch {

/// What a qcow2 image says that QEMU is to open besides (docs/interop/qcow2.txt of QEMU).
struct Qcow2Link {
  std::string name;      ///< as it stands in it
  bool is_data = false;  ///< the file that holds its data; else its backing file
  std::string format{};  ///< of a backing file: "raw"; "" where the image does not say
  friend bool operator==(const Qcow2Link&, const Qcow2Link&) = default;
};

/// Those in the first 2 MiB of an image; of more than one file with its data two. Empty where that
/// is no qcow2 image, or names nothing.
std::vector<Qcow2Link> qcow2_links_in(std::string_view header);

struct ImageLinks {
  /// The files that QEMU opens with the image, and those that they name in turn: their real paths,
  /// the nearest first. What is no plain file's name is left out.
  std::vector<std::filesystem::path> files;
  /// Why QEMU must not open it; nullopt where nothing is against that.
  std::optional<Finding> problem;
};

/// Follows what the qcow2 image `image` names. It may come from anywhere, and a guest that has
/// broken into its QEMU writes to the header of its own: either could name any file of the host, or
/// one in a format of QEMU's that names more. So a backing file has to be in the folder of the one
/// that names it, as it was named or as links lead there, or in one of `trusted_folders` at any
/// depth, and to be raw or qcow2; a file with an image's data, which is written to, and what an
/// image on a block device names have to be in the latter.
ImageLinks follow_links(const std::filesystem::path& image,
                        const std::vector<std::string>& trusted_folders);

}  // namespace xenlaunch
