#include "devicemodel/last_words.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

namespace xenlaunch {
namespace {

constexpr std::streamoff tail_bytes = 4096;
constexpr std::size_t max_characters = 600;

std::string tail_of(const std::filesystem::path& log) {
  std::ifstream file{log, std::ios::binary};
  if (!file) return {};
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - tail_bytes));
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

std::string last_words_of(const std::filesystem::path& log, std::size_t lines) {
  std::vector<std::string> last;
  std::string line;
  for (const char c : tail_of(log) + "\n") {
    if (c == '\n') {
      if (!line.empty()) last.push_back(std::move(line));
      line.clear();
    } else if (c != '\r') {
      line += c >= ' ' && c <= '~' ? c : '?';
    }
  }
  if (last.size() > lines)
    last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(lines));
  std::string words;
  for (const std::string& one : last) words += (words.empty() ? "" : "; ") + one;
  return words.size() <= max_characters ? words
                                        : "..." + words.substr(words.size() - max_characters + 3);
}

}  // namespace xenlaunch
