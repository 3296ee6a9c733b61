#include "launcher/boot/command_line.h"

#include <algorithm>

namespace xenlaunch {
namespace {

// isspace of Linux include/linux/ctype.h, within ASCII.
constexpr std::string_view spaces = " \t\n\v\f\r";

bool is_space(char c) {
  return spaces.find(c) != std::string_view::npos;
}

/// The next word of `rest`, which it and the spaces before it are cut from; empty at the end.
std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(spaces), rest.size()));
  bool quoted = false;
  std::size_t size = 0;
  for (; size < rest.size() && (quoted || !is_space(rest[size])); ++size)
    if (rest[size] == '"') quoted = !quoted;
  const std::string_view word = rest.substr(0, size);
  rest.remove_prefix(size);
  return word;
}

std::size_t start_of_last_word(std::string_view line) {
  std::size_t start = 0;
  std::string_view rest = line;
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest))
    start = line.size() - rest.size() - word.size();
  return start;
}

/// A word "KEY=VALUE" in its parts, the first and the last two being all of it.
struct Word {
  std::string_view before_value;  ///< `"KEY=`, `KEY="`
  std::string_view key;
  std::string_view value;
  std::string_view behind_value;  ///< the quote that ends it
};

std::optional<Word> parts_of(std::string_view word) {
  const std::size_t begin = word.starts_with('"') ? 1 : 0;
  // For next_arg a '=' in front of all belongs to the key.
  const std::size_t equals = word.find('=', begin + 1);
  if (equals == std::string_view::npos) return std::nullopt;
  const bool value_quoted = word.substr(equals + 1).starts_with('"');
  const std::size_t from = equals + 1 + (value_quoted ? 1 : 0);
  std::string_view value = word.substr(from);
  if ((begin != 0 || value_quoted) && value.ends_with('"')) value.remove_suffix(1);
  return Word{.before_value = word.substr(0, from),
              .key = word.substr(begin, equals - begin),
              .value = value,
              .behind_value = word.substr(from + value.size())};
}

bool same_key(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char one, char other) {
    return (one == '-' ? '_' : one) == (other == '-' ? '_' : other);
  });
}

}  // namespace

std::vector<std::string> split_command_line(std::string_view line) {
  std::vector<std::string> words;
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line))
    words.emplace_back(word);
  return words;
}

std::string join_command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::optional<std::string> value_of(std::string_view word, std::string_view key) {
  const std::optional<Word> parts = parts_of(word);
  if (!parts || !same_key(parts->key, key)) return std::nullopt;
  return std::string{parts->value};
}

std::string with_value(std::string_view word, std::string_view value) {
  const std::optional<Word> parts = parts_of(word);
  if (!parts) return std::string{word};
  std::string changed{parts->before_value};
  changed += value;
  changed += parts->behind_value;
  // One of a pair of quotes may have stood in what the value has lost.
  const auto is_whole = [](std::string_view text) {
    return std::ranges::count(text, '"') % 2 == 0;
  };
  if (is_whole(changed) || !is_whole(word)) return changed;
  return changed.erase(parts->before_value.find('"') != std::string_view::npos ? changed.find('"')
                                                                               : changed.rfind('"'),
                       1);
}

std::string_view own_part(std::string_view line) {
  std::size_t end = 0;
  std::string_view rest = line;
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
    if (word == "--") return line.substr(0, end);
    end = line.size() - rest.size();
  }
  return line;
}

std::vector<std::string> values_of(std::string_view line, std::string_view key) {
  std::vector<std::string> values;
  for (const std::string& word : split_command_line(own_part(line)))
    if (std::optional<std::string> value = value_of(word, key)) values.push_back(std::move(*value));
  return values;
}

std::string edit_words(
    std::string_view line,
    const std::function<std::optional<std::string>(const std::string& word)>& edit) {
  const std::string_view own = own_part(line);
  const std::size_t indent = std::min(own.find_first_not_of(spaces), own.size());
  std::string edited;
  std::string_view rest = own;
  while (rest.find_first_not_of(spaces) != std::string_view::npos) {
    const std::string_view before = rest;
    const std::string_view word = take_word(rest);
    const std::string_view gap = before.substr(0, before.size() - rest.size() - word.size());
    const std::optional<std::string> replacement = edit(std::string{word});
    if (!replacement) continue;
    edited += edited.empty() ? own.substr(0, indent) : gap;
    edited += *replacement;
  }
  edited += rest;
  edited += line.substr(own.size());
  return edited;
}

std::string with_word_at_end(std::string_view line, std::string_view word) {
  const std::string_view own = own_part(line);
  std::size_t end = own.size();
  // Quotes that nobody closes would take the word in.
  if (std::ranges::count(own, '"') % 2 != 0) end = start_of_last_word(own);
  std::string longer{own.substr(0, end)};
  const std::string_view tail = line.substr(end);
  if (!longer.empty() && !is_space(longer.back())) longer += ' ';
  longer += word;
  if (!tail.empty() && !is_space(tail.front())) longer += ' ';
  return longer.append(tail);
}

}  // namespace xenlaunch
