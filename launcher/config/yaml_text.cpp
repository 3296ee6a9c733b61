#include "launcher/config/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"

namespace xenlaunch {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// What is wrong with the first character of `rest`, which starts a character or the file's
/// remainder.
std::optional<std::string> forbidden_character(std::string_view rest,
                                               std::optional<Utf8Character> character) {
  if (!character) {
    return fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(rest.front()));
  }
  const char32_t code_point = character->code_point;
  const bool line_break = code_point == '\n' || rest.starts_with("\r\n");
  // yaml-cpp takes U+0004 for the end of the file, and a lone carriage return for a line break it
  // does not count.
  if ((is_control(code_point) && code_point != '\t' && !line_break) ||
      rest.starts_with(byte_order_mark)) {
    return fmt::format("character U+{:04X} is not allowed", static_cast<unsigned>(code_point));
  }
  return std::nullopt;
}

/// Stops at the first problem: binary data has thousands.
void check_characters(std::string_view text, Problems& problems) {
  Position at;
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (const auto problem = forbidden_character(text, character)) {
      problems.add(at, "", *problem, "printable UTF-8 text");
      return;
    }
    at = text.front() == '\n' ? Position{at.line + 1, 1}
                              : Position{at.line, at.column + static_cast<int>(character->length)};
    text.remove_prefix(character->length);
  }
}

void check_line(std::string_view line, int number, Problems& problems) {
  // yaml-cpp ignores unknown directives, and drops those after the document with all that follows.
  if (line.starts_with('%')) {
    problems.add({number, 1}, "", "directives are not supported",
                 "a document without %YAML or %TAG");
  }
  const std::size_t content = line.find_first_not_of(" \t\r");
  if (content == std::string_view::npos || line[content] == '#') return;
  const std::size_t tab = line.find('\t');
  if (tab < content) {
    problems.add({number, static_cast<int>(tab) + 1}, "", "a tab indents the line", "spaces");
  }
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return text;
}

void check_yaml_text(std::string_view text, Problems& problems) {
  if (text.size() > max_yaml_file_bytes) {
    problems.add({}, "", fmt::format("the text is {} bytes large", text.size()), "at most 1 MiB");
    return;
  }
  check_characters(text, problems);
  if (!problems.empty()) return;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    check_line(line, number, problems);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

}  // namespace xenlaunch
