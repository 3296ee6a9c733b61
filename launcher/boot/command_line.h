#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// The words of a boot command line, exactly as written. Spaces separate them, but not between
/// double quotes (next_arg of Linux lib/cmdline.c; Xen's cmdline_parse knows no quotes, and none
/// are in what is read here of it).
std::vector<std::string> split_command_line(std::string_view line);
std::string join_command_line(const std::vector<std::string>& words);

/// The value of a word "KEY=VALUE", without the double quotes around it or around the whole word;
/// nullopt where the word has another key or no '='. In `key` and in the word '-' and '_' are the
/// same, as for Linux (parameqn of kernel/params.c); Xen's own keys have neither.
std::optional<std::string> value_of(std::string_view word, std::string_view key);

/// The word with another value, between the same quotes where they still are whole.
std::string with_value(std::string_view word, std::string_view value);

/// The line up to a word "--", without the spaces before that. What follows Linux leaves to init
/// (parse_args of kernel/params.c) and Xen to dom0 (__start_xen of xen/arch/x86/setup.c). All
/// functions below look at and change nothing but this part.
std::string_view own_part(std::string_view line);

/// The values of all words with that key, in order.
std::vector<std::string> values_of(std::string_view line, std::string_view key);

/// The line with each word replaced by what `edit` makes of it; a word that becomes nullopt goes,
/// with the spaces before it. All else stays, byte for byte.
std::string edit_words(
    std::string_view line,
    const std::function<std::optional<std::string>(const std::string& word)>& edit);

/// In front of a last word whose quotes are not closed.
std::string with_word_at_end(std::string_view line, std::string_view word);

}  // namespace xenlaunch
