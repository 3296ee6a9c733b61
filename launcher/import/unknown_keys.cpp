// Names that xl does not know.
#include <algorithm>
#include <numeric>
#include <utility>

#include "launcher/import/key_rules.h"

namespace xenlaunch {
namespace {

/// How many letters have to be put in, left out, exchanged, or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row{i};
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      std::size_t best = std::min({changed, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = std::min(best, before_last[j - 2] + 1);
      row.push_back(best);
    }
    before_last = std::exchange(last, std::move(row));
  }
  return last.back();
}

}  // namespace

std::string likely_xl_key(std::string_view name) {
  constexpr std::size_t longest_name = 64;  // no key comes near, and the comparison takes its time
  if (name.size() > longest_name) return {};
  std::string_view likely;
  std::size_t least = (name.size() <= 4 ? 1 : std::clamp<std::size_t>(name.size() / 3, 2, 3)) + 1;
  for (const std::string_view key : known_xl_keys()) {
    const std::size_t changes = distance(name, key);
    if (changes < least) {
      least = changes;
      likely = key;
    }
  }
  return std::string{likely};
}

void tell_unknown_keys(Conversion& c) {
  for (const XlSetting& setting : c.file().settings) {
    if (c.is_told(setting.name)) continue;
    const std::string likely = likely_xl_key(setting.name);
    c.lost(setting.name, "xl has no such key and takes no notice of it" +
                             (likely.empty() ? "" : "; likely meant: " + likely));
  }
}

}  // namespace xenlaunch
