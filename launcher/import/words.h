#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// The words between commas, blanks before each left out, and empty ones too: as xl takes a list in
/// a text.
std::vector<std::string> xl_words_of(std::string_view text);

bool is_digits(std::string_view text);  ///< at least one

/// A word as "key=value", or without a value.
struct KeyedWord {
  std::string key;
  std::string value{};
  bool has_value = false;
};
KeyedWord keyed(std::string_view word);

}  // namespace xenlaunch
