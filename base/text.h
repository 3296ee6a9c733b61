#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Text that comes from a file, sysfs, xenstore, QEMU or a guest, and may go to a terminal or a log.

namespace xenlaunch {

struct Utf8Character {
  char32_t code_point{};
  std::size_t length{};  ///< bytes, 1..4
};

/// The first character of `text`; nullopt where that is not valid UTF-8 (also overlong forms and
/// surrogates) and for empty text.
std::optional<Utf8Character> first_utf8_character(std::string_view text);

/// C0, DEL, C1 and the controls of writing direction, line breaks and tabs included: what acts on a
/// terminal or hides what stands there, and NUL, which cuts C strings short.
bool is_control(char32_t code_point);

/// Valid UTF-8 without control characters: safe in a message, in JSON and as a C string.
bool is_printable(std::string_view text);

/// `text` with everything in it that is not printable as an escape: "\n", "\t", "\x1b", "\u202e".
std::string printable(std::string_view text);

/// A JSON document, as a library prints it that leaves some control characters as they are, with
/// each of them escaped: "\u009b". Those that only JSON's own line breaks may be stay.
std::string json_without_controls(std::string_view document);

/// The same as printable, cut with "..." where it has more than `max_characters`.
std::string excerpt(std::string_view text, std::size_t max_characters = 40);

}  // namespace xenlaunch
