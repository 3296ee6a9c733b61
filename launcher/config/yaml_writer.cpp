#include "launcher/config/yaml_writer.h"

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace xenlaunch {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Booleans, nulls and numbers of YAML 1.1, which some programs still read.
bool means_something_else(std::string_view text) {
  constexpr std::array words{"y",    "n",     "yes",  "no",  "on", "off",
                             "true", "false", "null", "nan", "inf"};
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(words, lower) != words.end();
}

bool needs_no_quotes(std::string_view text) {
  const std::string inner = std::string{letters} + "0123456789/._-";
  return !text.empty() && (letters.find(text.front()) != letters.npos || text.front() == '/') &&
         text.find_first_not_of(inner) == text.npos && !means_something_else(text);
}

bool has_maps(const std::vector<YamlValue>& items) {
  return std::ranges::any_of(items,
                             [](const YamlValue& v) { return v.kind == YamlValue::Kind::map; });
}

/// A map that is worth a line for each of its keys.
bool has_lists(const YamlValue& map) {
  return std::ranges::any_of(
      map.fields, [](const auto& field) { return field.second.kind == YamlValue::Kind::list; });
}

void emit(YAML::Emitter& out, const YamlValue& value, bool one_line) {
  switch (value.kind) {
    case YamlValue::Kind::word:
      out << value.scalar;
      return;
    case YamlValue::Kind::text:
      if (!needs_no_quotes(value.scalar)) out << YAML::DoubleQuoted;
      out << value.scalar;
      return;
    case YamlValue::Kind::list: {
      const bool block = !one_line && has_maps(value.items);
      out << (block ? YAML::Block : YAML::Flow) << YAML::BeginSeq;
      for (const YamlValue& item : value.items) emit(out, item, true);
      out << YAML::EndSeq;
      return;
    }
    case YamlValue::Kind::map: {
      const bool block = !one_line && has_lists(value);
      out << (block ? YAML::Block : YAML::Flow) << YAML::BeginMap;
      for (const auto& [key, field] : value.fields) {
        out << YAML::Key << key << YAML::Value;
        emit(out, field, !block);
      }
      out << YAML::EndMap;
      return;
    }
  }
}

void emit_comments(YAML::Emitter& out, const std::vector<std::string>& comments) {
  for (const std::string& comment : comments)
    out << YAML::Newline << YAML::Comment(printable(comment));
}

}  // namespace

YamlValue YamlValue::word(std::string word) {
  return {.kind = Kind::word, .scalar = std::move(word)};
}

YamlValue YamlValue::number(long long value) {
  return word(std::to_string(value));
}

YamlValue YamlValue::boolean(bool value) {
  return word(value ? "true" : "false");
}

YamlValue YamlValue::text(std::string text) {
  return {.kind = Kind::text, .scalar = std::move(text)};
}

YamlValue YamlValue::list(std::vector<YamlValue> items) {
  return {.kind = Kind::list, .items = std::move(items)};
}

YamlValue YamlValue::map() {
  return {.kind = Kind::map};
}

YamlValue& YamlValue::field(std::string_view key) {
  kind = Kind::map;
  const auto found = std::ranges::find(fields, key, &std::pair<std::string, YamlValue>::first);
  if (found != fields.end()) return found->second;
  return fields.emplace_back(std::string{key}, YamlValue{}).second;
}

std::string write_yaml(const YamlDocumentText& document) {
  YAML::Emitter out;
  for (const std::string& comment : document.head)
    out << YAML::Comment(printable(comment)) << YAML::Newline;
  out << YAML::BeginMap;
  for (const YamlEntry& entry : document.entries) {
    emit_comments(out, entry.comments);
    out << YAML::Key << entry.key << YAML::Value;
    emit(out, entry.value, false);
  }
  out << YAML::EndMap;
  emit_comments(out, document.end);
  return std::string{out.c_str()} + "\n";
}

}  // namespace xenlaunch
