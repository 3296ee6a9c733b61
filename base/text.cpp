#include "base/text.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace xenlaunch {
namespace {

/// Bytes that a sequence starting with `lead` has; 0 for a byte that starts none.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/// Takes the first character off `text`.
std::string take_printable(std::string_view& text) {
  const auto character = first_utf8_character(text);
  std::string raw{text.substr(0, character ? character->length : 1)};
  text.remove_prefix(raw.size());
  if (!character) return fmt::format("\\x{:02x}", static_cast<unsigned char>(raw.front()));
  if (raw == "\n") return "\\n";
  if (raw == "\t") return "\\t";
  if (!is_control(character->code_point)) return raw;
  const auto code_point = static_cast<unsigned>(character->code_point);
  return code_point < 0x100 ? fmt::format("\\x{:02x}", code_point)
                            : fmt::format("\\u{:04x}", code_point);
}

}  // namespace

std::optional<Utf8Character> first_utf8_character(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(lead);
  if (length == 0 || text.size() < length) return std::nullopt;
  char32_t code_point = length == 1 ? lead : lead & (0x7fU >> length);
  for (const char c : text.substr(1, length - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0U) != 0x80U) return std::nullopt;
    code_point = code_point << 6 | (byte & 0x3fU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (code_point < smallest[length] || code_point > 0x10ffff) return std::nullopt;
  if (code_point >= 0xd800 && code_point <= 0xdfff) return std::nullopt;
  return Utf8Character{code_point, length};
}

bool is_control(char32_t code_point) {
  const auto within = [code_point](char32_t first, char32_t last) {
    return code_point >= first && code_point <= last;
  };
  return code_point < 0x20 || within(0x7f, 0x9f) || code_point == 0x61c || within(0x200e, 0x200f) ||
         within(0x2028, 0x202e) || within(0x2066, 0x2069);
}

bool is_printable(std::string_view text) {
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (!character || is_control(character->code_point)) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

std::string printable(std::string_view text) {
  if (is_printable(text)) return std::string{text};
  return excerpt(text, std::numeric_limits<std::size_t>::max());
}

std::string json_without_controls(std::string_view document) {
  std::string result;
  result.reserve(document.size());
  while (!document.empty()) {
    const auto character = first_utf8_character(document);
    const std::size_t length = character ? character->length : 1;
    if (character && character->code_point >= ' ' && is_control(character->code_point))
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(character->code_point));
    else
      result += document.substr(0, length);
    document.remove_prefix(length);
  }
  return result;
}

std::string excerpt(std::string_view text, std::size_t max_characters) {
  std::string result;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == max_characters) return result + "...";
    result += take_printable(text);
  }
  return result;
}

}  // namespace xenlaunch
