#pragma once

#include <filesystem>
#include <string>

namespace xenlaunch {

/// The last lines of a log, one line for a message: "FIRST; SECOND", unprintable characters as '?'.
/// At most `lines` lines and 600 characters of the file's last 4 KiB; empty where there is nothing,
/// or no file.
std::string last_words_of(const std::filesystem::path& log, std::size_t lines = 5);

}  // namespace xenlaunch
