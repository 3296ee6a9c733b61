#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/exit_code.h"

namespace xenlaunch {

/// A place in a file. Both count from 1, the column in bytes.
struct Position {
  int line = 1;
  int column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// One thing that is wrong with a file.
struct FileProblem {
  Position at;
  std::string path;  ///< as in "pci[0].address"; empty for what concerns the whole document
  std::string text;  ///< "PROBLEM; expected …"
  friend bool operator==(const FileProblem&, const FileProblem&) = default;
};

/// Collects what is wrong with a file, so that one run reports all of it.
class Problems {
 public:
  /// `path` as in "pci[0].address"; empty for what concerns the whole document.
  void add(Position at, const std::string& path, const std::string& problem,
           const std::string& expectation);

  bool empty() const { return problems_.empty(); }
  const std::vector<FileProblem>& all() const { return problems_; }  ///< but those left out

  /// Throws Error with one line for each problem, in order of position.
  void throw_if_any(const std::string& file, ExitCode code) const;

 private:
  std::vector<FileProblem> problems_;
  std::size_t left_out_ = 0;
};

/// An excerpt in quotes, for a value of the file: at most 60 characters.
std::string in_quotes(std::string_view value);

/// "a", "a or b", "a, b or c".
std::string one_of(const std::vector<std::string_view>& words);

}  // namespace xenlaunch
