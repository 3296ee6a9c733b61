#pragma once

#include <algorithm>
#include <filesystem>

namespace xenlaunch {

/// Whether `path` is `folder` or lies below it, by their words alone: links are not followed.
inline bool is_below(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

}  // namespace xenlaunch
