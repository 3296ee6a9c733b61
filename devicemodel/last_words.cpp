#include "devicemodel/last_words.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/read_file.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

constexpr std::uintmax_t tail_bytes = 4096;
constexpr std::size_t max_bytes = 600;

std::string tail_of(const std::filesystem::path& log, std::uintmax_t from) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(log, error);
  if (error) return {};
  const std::uintmax_t wanted = from > size ? size : size - from;
  return read_file(log, {.most = static_cast<std::size_t>(std::min(wanted, tail_bytes)),
                         .beyond = ReadLimit::Beyond::is_kept})
      .bytes;
}

/// "2026-11-24T19:15:00Z xenlaunch: TEXT", as LogFile::say writes it.
bool is_the_launchers(const std::string& line) {
  constexpr std::string_view time = "YYYY-MM-DDThh:mm:ssZ";
  return line.size() > time.size() &&
         std::string_view{line}.substr(time.size()).starts_with(" xenlaunch: ");
}

/// What a QEMU says that is held (held_start.h), each time.
bool is_of_its_hold(const std::string& line) {
  return line.find(": info: QEMU waiting for connection on: ") != std::string::npos;
}

}  // namespace

std::string last_words_of(const std::filesystem::path& log, std::uintmax_t from,
                          std::size_t lines) {
  std::vector<std::string> last;
  std::string line;
  for (const char c : tail_of(log, from) + "\n") {
    if (c == '\n') {
      if (!line.empty() && !is_the_launchers(line) && !is_of_its_hold(line))
        last.push_back(std::move(line));
      line.clear();
    } else if (c != '\r') {
      line += c;
    }
  }
  if (last.size() > lines)
    last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(lines));
  std::string words;
  for (const std::string& one : last) words += (words.empty() ? "" : "; ") + one;
  // Made printable last: the cut may go through a character.
  return words.size() <= max_bytes ? printable(words)
                                   : "..." + printable(words.substr(words.size() - max_bytes + 3));
}

}  // namespace xenlaunch
