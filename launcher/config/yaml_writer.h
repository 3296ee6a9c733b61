#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xenlaunch {

/// A value of a VM file that is to be written.
struct YamlValue {
  enum class Kind { word, text, list, map };
  Kind kind = Kind::word;
  std::string scalar{};                                     ///< of a word or a text
  std::vector<YamlValue> items{};                           ///< of a list
  std::vector<std::pair<std::string, YamlValue>> fields{};  ///< of a map, in their order

  static YamlValue word(std::string word);  ///< a size, a number, a boolean: never quoted
  static YamlValue number(long long value);
  static YamlValue boolean(bool value);
  /// Any bytes that are UTF-8; quoted where they could be read as something else.
  static YamlValue text(std::string text);
  static YamlValue list(std::vector<YamlValue> items = {});
  static YamlValue map();

  /// The value of `key` in this map, which it becomes; put at its end where it is not there yet.
  YamlValue& field(std::string_view key);
  friend bool operator==(const YamlValue&, const YamlValue&) = default;
};

/// One key of a VM file with the comments above it, one line each.
struct YamlEntry {
  std::string key;
  YamlValue value{};
  std::vector<std::string> comments{};
  friend bool operator==(const YamlEntry&, const YamlEntry&) = default;
};

/// A VM file: comments at its head, its keys, comments at its end.
struct YamlDocumentText {
  std::vector<std::string> head{};
  std::vector<YamlEntry> entries{};
  std::vector<std::string> end{};
  friend bool operator==(const YamlDocumentText&, const YamlDocumentText&) = default;
};

/// The file's text: one line for a value, or for each item of a list of maps. Comments are made
/// printable(), so that none becomes a second line.
std::string write_yaml(const YamlDocumentText& document);

}  // namespace xenlaunch
