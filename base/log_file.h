#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace xenlaunch {

/// Opens a log to append to, making it (0600) and its folder (0700) where they are missing; never
/// through a link. Throws Error (ExitCode::device_model).
FileDescriptor open_log(const std::filesystem::path& path);

/// A VM's log: what its launcher and its QEMU say, both appending to one file. A guest can make
/// QEMU say something as often as it likes, so the file is kept bounded: beyond max_bytes its
/// content goes to LOG.1, whose own is lost; where that cannot be, its last lines stay.
class LogFile {
 public:
  static constexpr std::uintmax_t max_bytes = std::uintmax_t{1} << 20;

  /// Opens it as open_log does.
  explicit LogFile(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return file_.get(); }
  std::uintmax_t size() const;

  /// One that was there may have been open to others (0600).
  void close_to_others() const;

  /// Appends "TIME xenlaunch: TEXT". Where that fails nobody can be told.
  void say(std::string_view text);
  /// Moves the content to LOG.1 where it is too much. The file stays the same, so that who has it
  /// open goes on writing to it. True where it did.
  bool keep_bounded();
  /// Readable when the file was written to; take_changes() makes it unreadable again.
  int change_fd() const { return watch_.get(); }
  void take_changes();

 private:
  std::filesystem::path old_log() const;

  std::filesystem::path path_;
  FileDescriptor file_;
  FileDescriptor watch_;
};

}  // namespace xenlaunch
