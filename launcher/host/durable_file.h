#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace xenlaunch {

/// Makes `file` hold `text`: at every moment, a power cut included, the old content is there or the
/// new one. Its folder is made where it is missing (0755). Throws Error (ExitCode::host) "cannot
/// write FILE: REASON"; the old content is there then.
void write_file(const std::filesystem::path& file, std::string_view text, mode_t mode = 0644);

/// write_file, or remove_file where there is no text.
void restore_file(const std::filesystem::path& file, const std::optional<std::string>& text,
                  mode_t mode = 0644);

/// Removes the file, for good when this returns; fine where there is none.
void remove_file(const std::filesystem::path& file);

/// Puts `from`, a file in the same folder that another program wrote, in the place of `to`, with
/// the mode and owner that `to` had. At every moment `to` is the old file or the new one.
void replace_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace xenlaunch
