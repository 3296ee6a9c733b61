#include "launcher/config/yaml_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <numeric>
#include <type_traits>

#include "base/text.h"

namespace xenlaunch {
namespace {

/// Levenshtein's: the number of characters to insert, remove or replace.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::string_view> nearest(std::string_view key,
                                        const std::vector<std::string_view>& known_keys) {
  constexpr std::size_t longest = 32;
  if (key.empty() || key.size() > longest) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_distance = std::min<std::size_t>(3, (key.size() + 1) / 2);
  for (const std::string_view known : known_keys) {
    const std::size_t distance = edit_distance(key, known);
    if (distance < best_distance) {
      best = known;
      best_distance = distance;
    }
  }
  return best;
}

bool is_decimal(std::string_view text) {
  const bool digits =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  return digits && (text.size() == 1 || text.front() != '0');
}

}  // namespace

void Field::report(const std::string& problem, const std::string& expectation) const {
  problems_->add(node_->at, path_, problem, expectation);
}

void Field::report_type(const std::string& expectation) const {
  if (node_->refused) return;
  switch (node_->kind) {
    case YamlNode::Kind::null:
      return report("has no value", expectation);
    case YamlNode::Kind::scalar:
      return report(in_quotes(node_->text) + " is a single value", expectation);
    case YamlNode::Kind::sequence:
      return report("is a list", expectation);
    case YamlNode::Kind::mapping:
      return report("is a mapping", expectation);
  }
}

std::optional<std::string> Field::text(const std::string& expectation) const {
  if (node_->kind != YamlNode::Kind::scalar || node_->refused) {
    report_type(expectation);
    return std::nullopt;
  }
  // Escapes in double quotes can make any character, and yaml-cpp turns "\\N" into a lone byte
  // 0x85.
  if (!is_printable(node_->text)) {
    report(in_quotes(node_->text) + " has an unprintable character", expectation);
    return std::nullopt;
  }
  return node_->text;
}

template <class Number>
std::optional<Number> Field::number(Number smallest, Number largest) const {
  const std::string expectation = fmt::format("an integer from {} to {}", smallest, largest);
  const std::optional<std::string> digits = text(expectation);
  if (!digits) return std::nullopt;
  if (!node_->plain) {
    report(in_quotes(*digits) + " is in quotes", expectation);
    return std::nullopt;
  }
  const bool is_negative = std::is_signed_v<Number> && digits->starts_with('-');
  if (!is_decimal(std::string_view{*digits}.substr(is_negative ? 1 : 0))) {
    report(in_quotes(*digits) + " is not a decimal integer", expectation);
    return std::nullopt;
  }
  Number value = 0;
  const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), value);
  if (error != std::errc{} || value < smallest || value > largest) {
    report(in_quotes(*digits) + " is out of range", expectation);
    return std::nullopt;
  }
  return value;
}

std::optional<unsigned> Field::integer(unsigned smallest, unsigned largest) const {
  return number(smallest, largest);
}

std::optional<int> Field::signed_integer(int smallest, int largest) const {
  return number(smallest, largest);
}

std::optional<bool> Field::boolean(const std::string& expectation) const {
  const std::optional<std::string> word = text(expectation);
  if (!word) return std::nullopt;
  if (node_->plain && *word == "true") return true;
  if (node_->plain && *word == "false") return false;
  report(in_quotes(*word) + (node_->plain ? " is not a boolean" : " is in quotes"), expectation);
  return std::nullopt;
}

std::optional<std::string> Field::absolute_path() const {
  const std::string expectation = "an absolute path";
  std::optional<std::string> path = text(expectation);
  if (path && !path->starts_with('/')) {
    report(in_quotes(*path) + " is not an absolute path", expectation);
    return std::nullopt;
  }
  return path;
}

std::optional<std::vector<Field>> Field::list(const std::string& expectation) const {
  if (node_->kind != YamlNode::Kind::sequence || node_->refused) {
    report_type(expectation);
    return std::nullopt;
  }
  std::vector<Field> fields;
  for (const YamlNode& item : node_->items) {
    fields.emplace_back(item, fmt::format("{}[{}]", path_, fields.size()), *problems_);
  }
  return fields;
}

std::optional<std::string> Field::choose(const std::vector<std::string_view>& names,
                                         const std::vector<std::string_view>& not_yet) const {
  const std::string expectation = one_of(names);
  std::optional<std::string> word = text(expectation);
  if (!word || std::ranges::find(names, *word) != names.end()) return word;
  if (std::ranges::find(not_yet, *word) != not_yet.end()) {
    report(*word + " is not supported yet", expectation);
  } else {
    report("unknown value " + in_quotes(*word), expectation);
  }
  return std::nullopt;
}

MappingReader::MappingReader(const Field& field, std::vector<std::string_view> known_keys)
    : field_{field}, known_keys_{std::move(known_keys)} {
  const YamlNode& node = *field_.node_;
  if (node.kind != YamlNode::Kind::mapping || node.refused) {
    field_.report_type(fmt::format("a mapping with {}", fmt::join(known_keys_, ", ")));
    return;
  }
  is_mapping_ = true;
  std::map<std::string_view, int> first_lines;
  for (const YamlNode& key : node.keys) {
    check_key(key);
    const auto [first, is_new] = first_lines.try_emplace(key.text, key.at.line);
    if (is_new || std::ranges::find(known_keys_, key.text) == known_keys_.end()) continue;
    field_.problems_->add(key.at, key_path(field_.path_, key.text),
                          fmt::format("is given twice, first at line {}", first->second),
                          "each key once");
  }
}

void MappingReader::check_key(const YamlNode& key) const {
  if (key.refused) return;
  if (key.kind != YamlNode::Kind::scalar) {
    field_.problems_->add(key.at, field_.path_, "has a key that is not a word",
                          one_of(known_keys_));
  } else if (key.text == "<<") {
    field_.problems_->add(key.at, key_path(field_.path_, key.text), "merge keys are not supported",
                          "each key written out");
  } else if (std::ranges::find(known_keys_, key.text) == known_keys_.end()) {
    report_unknown(key);
  }
}

void MappingReader::report_unknown(const YamlNode& key) const {
  std::string problem = "is not a known key";
  if (const auto known = nearest(key.text, known_keys_)) {
    problem += fmt::format(", did you mean '{}'?", *known);
  }
  field_.problems_->add(key.at, key_path(field_.path_, key.text), problem, one_of(known_keys_));
}

std::optional<Field> MappingReader::find(std::string_view key) const {
  if (!is_mapping_) return std::nullopt;
  const YamlNode& node = *field_.node_;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const YamlNode& candidate = node.keys[i];
    if (candidate.kind != YamlNode::Kind::scalar || candidate.refused) continue;
    if (candidate.text != key) continue;
    return Field{node.items[i], key_path(field_.path_, key), *field_.problems_};
  }
  return std::nullopt;
}

std::optional<Field> MappingReader::require(std::string_view key,
                                            const std::string& expectation) const {
  std::optional<Field> field = find(key);
  if (is_mapping_ && !field) {
    field_.problems_->add(field_.node_->at, key_path(field_.path_, key), "is missing", expectation);
  }
  return field;
}

}  // namespace xenlaunch
