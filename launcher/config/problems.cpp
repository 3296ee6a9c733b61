#include "launcher/config/problems.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

/// A hostile file must not fill the terminal or the journal.
constexpr std::size_t max_problems = 100;
constexpr std::size_t max_quoted_characters = 60;

}  // namespace

void Problems::add(Position at, const std::string& path, const std::string& problem,
                   const std::string& expectation) {
  if (problems_.size() == max_problems) {
    ++left_out_;
    return;
  }
  problems_.push_back({at, path, fmt::format("{}; expected {}", problem, expectation)});
}

void Problems::throw_if_any(const std::string& file, ExitCode code) const {
  if (problems_.empty()) return;
  std::vector<FileProblem> sorted = problems_;
  std::ranges::stable_sort(sorted, {}, &FileProblem::at);
  const std::string name = printable(file);
  std::string lines;
  for (const FileProblem& problem : sorted) {
    lines += fmt::format("{}{}:{}:{}: {}{}{}", lines.empty() ? "" : "\n", name, problem.at.line,
                         problem.at.column, problem.path, problem.path.empty() ? "" : ": ",
                         problem.text);
  }
  if (left_out_ != 0) lines += fmt::format("\n{}: {} more problems are not shown", name, left_out_);
  throw Error{code, lines};
}

std::string in_quotes(std::string_view value) {
  return "'" + excerpt(value, max_quoted_characters) + "'";
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
