#include "launcher/import/xl_names.h"

#include <algorithm>

namespace xenlaunch {
namespace {

// The characters of a name, as Xen's tools/libs/util/libxlu_cfg_l.l has them.
bool begins_name(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_in_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '_';
}

/// Behind the string that begins at `at`; a backslash takes the next character along.
std::size_t behind_string(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote) at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

std::size_t behind_word(std::string_view text, std::size_t at) {
  while (at < text.size() && is_in_name(text[at])) ++at;
  return at;
}

}  // namespace

std::vector<XlAssignment> xl_assignments(std::string_view text) {
  std::vector<XlAssignment> found;
  int line = 1;
  bool in_value = false;  // behind the '=' of a statement, which a line break or ';' ends
  int depth = 0;          // of lists: line breaks in them end nothing
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\'' || c == '"') {
      at = behind_string(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (begins_name(c) && !in_value) {
      const std::size_t end = behind_word(text, at);
      found.push_back({std::string{text.substr(at, end - at)}, line});
      at = end;
      continue;
    }
    if (c == '+' && !found.empty() && !in_value) found.back().adds = true;
    if (c == '=') in_value = true;
    if (c == '[') ++depth;
    if (c == ']') --depth;
    if (c == '\n') ++line;
    if ((c == '\n' || c == ';') && depth == 0) in_value = false;
    ++at;
  }
  return found;
}

std::vector<std::string> xl_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = behind_word(text, at);
    if (begins_name(text[at])) words.emplace_back(text.substr(at, end - at));
    at = std::max(end, at + 1);
  }
  std::ranges::sort(words);
  // Not std::ranges::unique: clang 14 does not compile the subrange of libstdc++ 12.
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace xenlaunch
