#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace xenlaunch {

/// How much of a file is read, and of which files. A file that somebody else has made may be a FIFO
/// that nobody writes to, a device, or without an end.
struct ReadLimit {
  enum class Beyond {
    is_refused,
    is_left_out,
    is_kept
  };  ///< what is behind the first `most` bytes
  std::size_t most = std::size_t{8} << 20;
  Beyond beyond = Beyond::is_refused;  ///< is_kept: the last `most` bytes are read instead
  bool in_one_read = false;            ///< of an attribute or a device that answers each read anew
  bool also_devices = false;
};

struct FileContent {
  std::string bytes{};
  int error = 0;         ///< errno, 0 where it was read
  std::string reason{};  ///< of an error: "No such file or directory", "it is not a regular file"
};

/// The one way in which files are read. Never waits for a writer, never makes a terminal ours, and
/// opens no device that is not to be read.
FileContent read_file(const std::filesystem::path& file, const ReadLimit& limit = {});

}  // namespace xenlaunch
