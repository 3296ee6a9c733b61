#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "launcher/import/import.h"

namespace xenlaunch::test {

/// What every file here ends with, so that a test says only what it is about.
inline const std::string plain_vm = "name = 'a'\ntype = 'hvm'\nmemory = 1024\n";

inline Imported imported(const std::string& text) {
  return import_xl_file(text + plain_vm, "a.cfg");
}

inline std::vector<std::string> lines_of_text(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The lines of the VM file that `text` adds or changes, without the list of what is left out.
inline std::string gives(const std::string& text) {
  static const std::vector<std::string> plain = lines_of_text(imported("").vm_file);
  std::string added;
  for (const std::string& line : lines_of_text(imported(text).vm_file)) {
    if (line == "# Left out:") break;
    if (std::ranges::count(plain, line) == 0) added += line + "\n";
  }
  return added;
}

/// What is said of the keys in `text`: "LINE KEY OUTCOME: REASON", one a line; "lost" where a key
/// is dropped and something is lost.
inline std::string says(const std::string& text) {
  const auto own = std::ranges::count(text, '\n');
  std::string told;
  for (const KeyReport& key : imported(text).keys) {
    if (key.line > own) continue;
    const char* const outcome = key.outcome == KeyOutcome::converted ? "converted"
                                : key.outcome == KeyOutcome::refused ? "refused"
                                : key.lost                           ? "lost"
                                                                     : "dropped";
    told += std::to_string(key.line) + " " + key.key + " " + outcome +
            (key.reason.empty() ? "" : ": " + key.reason) + "\n";
  }
  return told;
}

}  // namespace xenlaunch::test
