#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fixtures/source_folder.h"

/// What the tests of the documentation read from it.
namespace xenlaunch::test {

inline const std::filesystem::path source_folder = testing::source_folder();

/// A file of docs/, or README.md.
inline std::string document(const std::string& name) {
  const std::filesystem::path folder = name == "README.md" ? source_folder : source_folder / "docs";
  std::ifstream file{folder / name, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// What stands between the heading `heading` ("## Steps") and the next one of the same or a higher
/// level; empty where there is no such heading.
inline std::string section(const std::string& text, const std::string& heading) {
  const std::size_t level = heading.find(' ');
  std::string found;
  bool inside = false;
  for (const std::string& line : lines_of(text)) {
    const std::size_t hashes = line.starts_with('#') ? line.find(' ') : std::string::npos;
    if (line == heading)
      inside = true;
    else if (inside && hashes <= level)
      break;
    else if (inside)
      found += line + "\n";
  }
  return found;
}

/// The cells of each row of a table whose first cell is nothing but code: the first one without its
/// backquotes.
inline std::vector<std::vector<std::string>> rows(const std::string& text) {
  static const std::regex separator{R"( \| )"};
  static const std::regex row{R"(\| `([^`]+)` \| (.*) \|)"};
  std::vector<std::vector<std::string>> found;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    std::vector<std::string> cells{match[1]};
    const std::string rest = match[2];
    cells.insert(cells.end(), std::sregex_token_iterator{rest.begin(), rest.end(), separator, -1},
                 {});
    found.push_back(cells);
  }
  return found;
}

inline std::vector<std::string> first_cells(const std::string& text) {
  std::vector<std::string> names;
  for (const std::vector<std::string>& cells : rows(text)) names.push_back(cells.front());
  return names;
}

/// The blocks of code that are marked as `language`.
inline std::vector<std::string> code_blocks(const std::string& text, const std::string& language) {
  std::vector<std::string> blocks;
  std::optional<std::string> block;
  for (const std::string& line : lines_of(text)) {
    if (line == "```" + language) {
      block.emplace();
    } else if (block && line == "```") {
      blocks.push_back(*block);
      block.reset();
    } else if (block) {
      *block += line + "\n";
    }
  }
  return blocks;
}

/// All that are in `these` and not in `those`, one a line: what a failing check shows.
inline std::string missing(const std::set<std::string>& these, const std::set<std::string>& those) {
  std::string text;
  for (const std::string& one : these)
    if (!those.contains(one)) text += one + "\n";
  return text;
}

}  // namespace xenlaunch::test
