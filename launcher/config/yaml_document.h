#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/exit_code.h"
#include "launcher/config/problems.h"

namespace xenlaunch {

/// A value of a YAML file. Unlike yaml-cpp's nodes it keeps what its rules depend on: the position
/// of keys and of missing values, quotes, and keys given twice.
struct YamlNode {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  Position at;                    ///< of a missing value: that of its key or list
  bool plain = true;              ///< a scalar without quotes
  bool refused = false;           ///< an alias, or has a tag: reported already, not to be looked at
  std::string text{};             ///< of a scalar
  std::vector<YamlNode> keys{};   ///< of a mapping: keys[i] names items[i]
  std::vector<YamlNode> items{};  ///< of a sequence or a mapping
};

/// A sort of YAML file, for the messages about one.
struct YamlFileKind {
  std::string_view name;      ///< "VM file": stands in "cannot read VM file FILE"
  ExitCode error;             ///< of all that is wrong with the file
  std::string_view nesting;   ///< what is expected of one that nests too deep
  std::string_view smallest;  ///< what is expected of an empty one; "" where that is good
};

/// Reads the one document of `text`, which check_yaml_text() has passed. Reports anchors, aliases,
/// tags, further documents and deep nesting; nullopt, with the reason reported, where there is no
/// whole document. An empty document is an empty mapping where the kind allows it.
std::optional<YamlNode> parse_yaml(std::string_view text, const YamlFileKind& kind,
                                   Problems& problems);

/// The path of `key` inside the mapping at `path`.
std::string key_path(const std::string& path, std::string_view key);

}  // namespace xenlaunch
