#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace xenlaunch {

struct Utf8Character {
  char32_t code_point{};
  std::size_t length{};  ///< bytes, 1..4
};

/// The first character of `text`; nullopt where that is not valid UTF-8 (also overlong forms and
/// surrogates) and for empty text.
std::optional<Utf8Character> first_utf8_character(std::string_view text);

/// C0, DEL and C1, line breaks and tabs included: what acts on a terminal, and NUL, which cuts C
/// strings short.
bool is_control(char32_t code_point);

/// Valid UTF-8 without control characters: safe in a message, in JSON and as a C string.
bool is_printable(std::string_view text);

}  // namespace xenlaunch
