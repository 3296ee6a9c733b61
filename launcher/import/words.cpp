#include "launcher/import/words.h"

#include <algorithm>

namespace xenlaunch {

std::vector<std::string> xl_words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

KeyedWord keyed(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == word.npos) return {.key = std::string{word}};
  return {.key = std::string{word.substr(0, equals)},
          .value = std::string{word.substr(equals + 1)},
          .has_value = true};
}

}  // namespace xenlaunch
