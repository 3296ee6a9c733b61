#include "launcher/config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "launcher/config/utf8.h"

namespace xenlaunch {
namespace {

/// A hostile file must not fill the terminal or the journal.
constexpr std::size_t max_problems = 100;
constexpr std::size_t max_quoted_characters = 60;

/// Takes the first character off `text`.
std::string take_printable(std::string_view& text) {
  const auto character = first_utf8_character(text);
  std::string raw{text.substr(0, character ? character->length : 1)};
  text.remove_prefix(raw.size());
  if (!character) return fmt::format("\\x{:02x}", static_cast<unsigned char>(raw.front()));
  if (raw == "\n") return "\\n";
  if (raw == "\t") return "\\t";
  if (!is_control(character->code_point)) return raw;
  return fmt::format("\\x{:02x}", static_cast<unsigned>(character->code_point));
}

std::string printable(std::string_view text, std::size_t max_characters) {
  std::string result;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == max_characters) return result + "...";
    result += take_printable(text);
  }
  return result;
}

}  // namespace

void Problems::add(Position at, const std::string& path, const std::string& problem,
                   const std::string& expectation) {
  if (problems_.size() == max_problems) {
    ++left_out_;
    return;
  }
  problems_.push_back({at, fmt::format("{}{}{}; expected {}", path, path.empty() ? "" : ": ",
                                       problem, expectation)});
}

void Problems::throw_if_any(const std::string& file, ExitCode code) const {
  if (problems_.empty()) return;
  std::vector<Problem> sorted = problems_;
  std::ranges::stable_sort(sorted, {}, &Problem::at);
  const std::string name = printable(file);
  std::string lines;
  for (const Problem& problem : sorted) {
    lines += fmt::format("{}{}:{}:{}: {}", lines.empty() ? "" : "\n", name, problem.at.line,
                         problem.at.column, problem.text);
  }
  if (left_out_ != 0) lines += fmt::format("\n{}: {} more problems are not shown", name, left_out_);
  throw Error{code, lines};
}

std::string printable(std::string_view text) {
  return printable(text, std::numeric_limits<std::size_t>::max());
}

std::string in_quotes(std::string_view value) {
  return "'" + printable(value, max_quoted_characters) + "'";
}

std::string one_of(const std::vector<std::string_view>& words) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) result += i + 1 == words.size() ? " or " : ", ";
    result += words[i];
  }
  return result;
}

}  // namespace xenlaunch
