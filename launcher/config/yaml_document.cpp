#include "launcher/config/yaml_document.h"
#include "base/text.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace xenlaunch {
namespace {

/// VM files need most, 3. The parser and our tree recurse, so the limit is what protects the stack.
constexpr std::size_t max_depth = 16;

struct TooDeep {
  Position at;
};

struct FurtherDocument {};

/// Some of the parser's errors have no mark: those are -1.
Position to_position(const YAML::Mark& mark) {
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

/// The parser's words where they help nobody.
std::string explain(const std::string& message) {
  namespace msg = YAML::ErrorMsg;
  if (message == msg::MAP_VALUE)
    return "this ':' has no key; is a quote or the indentation missing?";
  if (message == msg::END_OF_MAP) return "this is no key of the mapping; is the indentation right?";
  if (message == msg::END_OF_SEQ) return "this is no item of the list; is the indentation right?";
  if (message == msg::END_OF_MAP_FLOW) return "'}' or ',' is missing";
  if (message == msg::END_OF_SEQ_FLOW) return "']' or ',' is missing";
  if (message == msg::EOF_IN_SCALAR) return "the closing quote is missing";
  if (message == msg::UNKNOWN_TOKEN) return "no value starts like this; is a quote missing?";
  if (message.starts_with(msg::UNKNOWN_ANCHOR)) return "aliases are not supported";
  return printable(message);
}

/// Builds the tree from the parser's events; YAML::Load would resolve aliases and drop documents
/// silently.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, Problems& problems) : text_{text}, problems_{problems} {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!std::exchange(document_seen_, true)) return;
    problems_.add(to_position(mark), "",
                  text_from(mark).starts_with("---") ? "a second document starts here"
                                                     : "text follows the document",
                  "one document");
    throw FurtherDocument{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add({.kind = YamlNode::Kind::null, .at = null_position(mark)});
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    problems_.add(to_position(mark), path(),
                  fmt::format("anchor {} is not supported", in_quotes(name)),
                  "values without anchors");
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problems_.add(to_position(mark), path(), "aliases are not supported", "the value itself");
    add({.at = to_position(mark), .refused = true});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    // The parser gives quoted scalars the tag "!", which can also be written out.
    const bool tagged = tag != "?" && (tag != "!" || text_from(mark).starts_with('!'));
    if (tagged) refuse_tag(mark, tag);
    check_closing_quote(mark);
    add({.kind = YamlNode::Kind::scalar,
         .at = to_position(mark),
         .plain = tag == "?",
         .refused = tagged,
         .text = value});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::sequence, mark, tag);
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::mapping, mark, tag);
  }

  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  std::string_view text_from(const YAML::Mark& mark) const {
    const auto offset = static_cast<std::size_t>(std::max(mark.pos, 0));
    return text_.substr(std::min(offset, text_.size()));
  }

  /// The parser takes a last quoted scalar without its closing quote where the file ends in a line
  /// break.
  void check_closing_quote(const YAML::Mark& mark) const {
    const std::string_view rest = text_from(mark);
    if (!rest.starts_with('"') && !rest.starts_with('\'')) return;
    const char quote = rest.front();
    for (std::size_t i = 1; i < rest.size(); ++i) {
      const bool escaped = quote == '"' ? rest[i] == '\\' : rest.substr(i).starts_with("''");
      if (escaped) {
        ++i;
      } else if (rest[i] == quote) {
        return;
      }
    }
    throw YAML::ParserException{mark, YAML::ErrorMsg::EOF_IN_SCALAR};
  }

  static bool expects_key(const YamlNode& node) {
    return node.kind == YamlNode::Kind::mapping && node.keys.size() == node.items.size();
  }

  /// For a value left out the parser gives the position of whatever comes next.
  Position null_position(const YAML::Mark& mark) const {
    const std::string_view rest = text_from(mark);
    const bool written = rest.starts_with('~') || rest.starts_with("null") ||
                         rest.starts_with("Null") || rest.starts_with("NULL");
    if (written || open_.empty()) return to_position(mark);
    const YamlNode& parent = open_.back();
    const bool is_value = parent.kind == YamlNode::Kind::mapping && !expects_key(parent);
    return is_value ? parent.keys.back().at : parent.at;
  }

  /// Of the value that comes next.
  std::string path() const {
    std::string result;
    for (const YamlNode& node : open_) {
      if (node.kind == YamlNode::Kind::sequence) {
        result += fmt::format("[{}]", node.items.size());
      } else if (!expects_key(node)) {
        result = key_path(result, node.keys.back().text);
      }
    }
    return result;
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    problems_.add(to_position(mark), path(), fmt::format("tag {} is not supported", in_quotes(tag)),
                  "a value without a tag");
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    if (open_.size() == max_depth) throw TooDeep{to_position(mark)};
    const bool tagged = tag != "?";
    if (tagged) refuse_tag(mark, tag);
    open_.push_back({.kind = kind, .at = to_position(mark), .refused = tagged});
  }

  void close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (expects_key(open_.back())) {
      open_.back().keys.push_back(std::move(node));
    } else {
      open_.back().items.push_back(std::move(node));
    }
  }

  std::string_view text_;
  Problems& problems_;
  std::vector<YamlNode> open_;  ///< outermost first
  YamlNode root_;
  bool document_seen_ = false;
};

YamlNode root_of(TreeBuilder& builder, const YamlFileKind& kind) {
  YamlNode root = builder.take_root();
  if (root.kind == YamlNode::Kind::null && kind.smallest.empty())
    root.kind = YamlNode::Kind::mapping;
  return root;
}

}  // namespace

std::optional<YamlNode> parse_yaml(std::string_view text, const YamlFileKind& kind,
                                   Problems& problems) {
  std::istringstream stream{std::string{text}};
  TreeBuilder builder{text, problems};
  try {
    YAML::Parser parser{stream};
    if (parser.HandleNextDocument(builder)) {
      parser.HandleNextDocument(builder);
      return root_of(builder, kind);
    }
    if (kind.smallest.empty()) return root_of(builder, kind);
    problems.add({}, "", "the file is empty", std::string{kind.smallest});
  } catch (const FurtherDocument&) {
    return root_of(builder, kind);
  } catch (const TooDeep& too_deep) {
    problems.add(too_deep.at, "", fmt::format("nests deeper than {} levels", max_depth),
                 std::string{kind.nesting});
  } catch (const YAML::Exception& error) {
    problems.add(to_position(error.mark), "", "not valid YAML: " + explain(error.msg), "YAML 1.2");
  }
  return std::nullopt;
}

std::string key_path(const std::string& path, std::string_view key) {
  // Quotes only where a key could be taken for something else.
  const bool word = !key.empty() && key.size() <= 40 && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  return fmt::format("{}{}{}", path, path.empty() ? "" : ".",
                     word ? std::string{key} : in_quotes(key));
}

}  // namespace xenlaunch
