// docs/import.md says what becomes of every key.
#include "launcher/import/key_rules.h"
#include "tests/unit/docs/documents.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

/// The keys of the first cells of the table: "| `type`, `builder` | …".
std::set<std::string> documented_keys() {
  static const std::regex key{"`([a-z0-9_]+)`"};
  std::set<std::string> keys;
  for (const std::string& line : lines_of(section(document("import.md"), "## The keys"))) {
    if (!line.starts_with("| `")) continue;
    const std::string cell = line.substr(0, line.find(" | "));
    for (std::sregex_iterator found{cell.begin(), cell.end(), key}, end; found != end; ++found)
      keys.insert((*found)[1]);
  }
  return keys;
}

TEST_CASE("docs/import.md has every key that import knows, and no other") {
  const std::vector<std::string_view> keys = known_xl_keys();
  const std::set<std::string> known{keys.begin(), keys.end()};
  CHECK(known.size() == keys.size());
  CHECK(missing(known, documented_keys()) == "");
  CHECK(missing(documented_keys(), known) == "");
}

}  // namespace
}  // namespace xenlaunch::test
