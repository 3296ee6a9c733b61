#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "launcher/config/problems.h"
#include "launcher/config/yaml_document.h"

namespace xenlaunch {

/// A value of a YAML file and its path. The readers report what is wrong, as "PROBLEM; expected
/// EXPECTATION", and then return nullopt. Refers to the node and the problems, which must outlive
/// it.
class Field {
 public:
  Field(const YamlNode& node, std::string path, Problems& problems)
      : node_{&node}, path_{std::move(path)}, problems_{&problems} {}

  void report(const std::string& problem, const std::string& expectation) const;
  int line() const { return node_->at.line; }
  bool is_mapping() const { return node_->kind == YamlNode::Kind::mapping; }
  bool is_list() const { return node_->kind == YamlNode::Kind::sequence && !node_->refused; }

  /// Any scalar but null, in printable UTF-8.
  std::optional<std::string> text(const std::string& expectation) const;
  /// Decimal, without quotes and leading zeros: "010" is 8 to some YAML readers.
  std::optional<unsigned> integer(unsigned smallest, unsigned largest) const;
  std::optional<int> signed_integer(int smallest, int largest) const;
  std::optional<bool> boolean(const std::string& expectation = "true or false") const;
  std::optional<std::string> absolute_path() const;
  std::optional<std::vector<Field>> list(const std::string& expectation) const;

  template <class T>
  using Words = std::vector<std::pair<std::string_view, T>>;

  /// One of `words`; one of `not_yet` is refused as a plan, not as a mistake.
  template <class T>
  std::optional<T> choice(const Words<T>& words,
                          const std::vector<std::string_view>& not_yet = {}) const {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : words) names.push_back(name);
    const std::optional<std::string> word = choose(names, not_yet);
    if (!word) return std::nullopt;
    for (const auto& [name, value] : words) {
      if (name == *word) return value;
    }
    return std::nullopt;
  }

 private:
  friend class MappingReader;
  void report_type(const std::string& expectation) const;
  template <class Number>
  std::optional<Number> number(Number smallest, Number largest) const;
  std::optional<std::string> choose(const std::vector<std::string_view>& names,
                                    const std::vector<std::string_view>& not_yet) const;

  const YamlNode* node_;
  std::string path_;
  Problems* problems_;
};

/// A mapping with a fixed set of keys. Construction reports a value that is none, unknown keys,
/// keys given twice and merge keys.
class MappingReader {
 public:
  MappingReader(const Field& field, std::vector<std::string_view> known_keys);

  /// nullopt where the key is absent.
  std::optional<Field> find(std::string_view key) const;
  /// As find; a missing key is a problem.
  std::optional<Field> require(std::string_view key, const std::string& expectation) const;

 private:
  void check_key(const YamlNode& key) const;
  void report_unknown(const YamlNode& key) const;

  Field field_;
  std::vector<std::string_view> known_keys_;
  bool is_mapping_ = false;
};

/// Replaces `target`, which holds the default, where the file has a good value for it.
template <class Target, class Read>
void read_into(Target& target, const std::optional<Field>& field, Read read) {
  if (!field) return;
  if (auto value = read(*field)) target = std::move(*value);
}

}  // namespace xenlaunch
