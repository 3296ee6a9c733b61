#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace xenlaunch {

/// The last lines of a log that are not the launcher's own, one line for a message: "FIRST;
/// SECOND", unprintable characters as '?'. At most `lines` lines and 600 characters of the file's
/// last 4 KiB, and nothing before the byte `from` unless the file is shorter (it was emptied
/// since); empty where there is nothing, or no file.
std::string last_words_of(const std::filesystem::path& log, std::uintmax_t from = 0,
                          std::size_t lines = 5);

}  // namespace xenlaunch
