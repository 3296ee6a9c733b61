#include "launcher/boot/grub/grub_words.h"

#include <algorithm>

#include "base/error.h"

namespace xenlaunch {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

/// The name of the variable that `text` begins with behind its '$', and how long both are;
/// 0 where it is none.
std::size_t variable_at(std::string_view text, std::string_view& name) {
  const bool braces = text.starts_with("${");
  const std::string_view rest = text.substr(braces ? 2 : 1);
  std::size_t size = 0;
  if (!rest.empty() && is_one_of(rest.front(), "?#*@"))
    size = 1;
  else if (!rest.empty() && is_one_of(rest.front(), name_characters))
    size = rest.find_first_not_of(is_one_of(rest.front(), digits) ? digits : name_characters);
  name = rest.substr(0, size);
  if (name.empty()) return 0;
  if (!braces) return 1 + name.size();
  return rest.substr(name.size()).starts_with('}') ? 3 + name.size() : 0;
}

/// How much of `text` its quotes take, to its end where they are not closed.
std::size_t quoted_size(std::string_view text) {
  const char quote = text.front();
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == quote) return at + 1;
    if (quote == '"' && text[at] == '\\') ++at;
  }
  return text.size();
}

std::size_t word_size(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && !is_one_of(text[at], " \t\n;&|{}")) {
    const std::string_view rest = text.substr(at);
    std::string_view ignored;
    if (rest.front() == '\'' || rest.front() == '"')
      at += quoted_size(rest);
    else if (rest.front() == '$')
      at += std::max<std::size_t>(1, variable_at(rest, ignored));
    else
      at += rest.front() == '\\' ? 2 : 1;
  }
  return std::min(at, text.size());
}

/// One word while it is put together.
class Expansion {
 public:
  Expansion(GrubVariables& variables, std::vector<std::string>& words)
      : variables_{variables}, words_{words} {}

  void expand(std::string_view text);

 private:
  std::size_t quoted(std::string_view text);
  void plain(std::string_view text);
  void split(std::string_view value);
  void finish();

  GrubVariables& variables_;
  std::vector<std::string>& words_;
  std::string word_;
  bool begun_ = false;
};

void Expansion::expand(std::string_view text) {
  while (!text.empty()) {
    std::size_t size = 1;
    std::string_view name;
    if (text.front() == '\'' || text.front() == '"') {
      size = quoted(text);
    } else if (text.front() == '\\') {
      size = std::min<std::size_t>(2, text.size());
      if (size == 2 && text[1] != '\n') plain(text.substr(1, 1));
    } else if (text.front() == '$') {
      const std::size_t variable = variable_at(text, name);
      if (variable > 0) split(variables_.get(std::string{name}));
      // $"…" is text to translate.
      if (variable == 0 && !text.starts_with("$\"")) plain("$");
      size = std::max(size, variable);
    } else {
      size = std::min(text.find_first_of("'\"\\$"), text.size());
      plain(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  finish();
}

std::size_t Expansion::quoted(std::string_view text) {
  const std::size_t size = quoted_size(text);
  const bool closed = size > 1 && text[size - 1] == text.front();
  std::string_view inner = text.substr(1, size - 1 - (closed ? 1 : 0));
  // Even empty quotes are a word.
  plain("");
  if (text.front() == '\'') {
    plain(inner);
    return size;
  }
  while (!inner.empty()) {
    std::string_view name;
    const std::size_t variable = inner.front() == '$' ? variable_at(inner, name) : 0;
    const bool escaped =
        inner.size() > 1 && inner.front() == '\\' && is_one_of(inner[1], "$\\\"\n");
    if (variable > 0)
      plain(variables_.get(std::string{name}));
    else if (!escaped)
      plain(inner.substr(0, 1));
    else if (inner[1] != '\n')
      plain(inner.substr(1, 1));
    inner.remove_prefix(variable > 0 ? variable : escaped ? 2 : 1);
  }
  return size;
}

void Expansion::split(std::string_view value) {
  bool first = true;
  while (true) {
    value.remove_prefix(std::min(value.find_first_not_of(" \t\n\v\f\r"), value.size()));
    if (value.empty()) return;
    if (!first) finish();
    first = false;
    const std::size_t size = std::min(value.find_first_of(" \t\n\v\f\r"), value.size());
    plain(value.substr(0, size));
    value.remove_prefix(size);
  }
}

void Expansion::plain(std::string_view text) {
  variables_.take_room(text.size());
  begun_ = true;
  word_ += text;
}

void Expansion::finish() {
  if (!begun_) return;
  variables_.take_room(sizeof(std::string));
  words_.push_back(std::move(word_));
  word_.clear();
  begun_ = false;
}

}  // namespace

std::vector<GrubToken> grub_tokens(std::string_view text) {
  std::vector<GrubToken> tokens;
  std::vector<std::size_t> open;
  while (!text.empty()) {
    std::size_t size = 1;
    const std::size_t at = tokens.size();
    if (text.starts_with("\\\n")) {
      size = 2;
    } else if (text.front() == '#') {
      size = std::min(text.find('\n'), text.size());
    } else if (is_one_of(text.front(), "\n;&|")) {
      tokens.push_back({.kind = GrubToken::Kind::end_of_command});
    } else if (text.front() == '{') {
      open.push_back(at);
      tokens.push_back({.kind = GrubToken::Kind::open, .match = std::string_view::npos});
    } else if (text.front() == '}') {
      if (!open.empty()) tokens[open.back()].match = at;
      if (!open.empty()) open.pop_back();
      tokens.push_back({.kind = GrubToken::Kind::close});
    } else if (!is_one_of(text.front(), " \t")) {
      size = word_size(text);
      tokens.push_back({.kind = GrubToken::Kind::word, .text = text.substr(0, size)});
    }
    text.remove_prefix(size);
  }
  return tokens;
}

std::string GrubVariables::get(const std::string& name) const {
  const auto found = all_.find(name);
  if (found != all_.end()) return found->second.value;
  return name.starts_with("feature_") ? "y" : "";
}

void GrubVariables::keep_exported() {
  std::erase_if(all_, [](const auto& variable) { return !variable.second.exported; });
}

void GrubVariables::expand(const GrubToken& token, std::vector<std::string>& words) {
  Expansion{*this, words}.expand(token.text);
}

void GrubVariables::take_room(std::size_t size) {
  if (size > room_)
    throw Error{
        ExitCode::host,
        "cannot tell what the next boot starts: the variables of grub.cfg grow without end"};
  room_ -= size;
}

std::string loader_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    const std::string quote = word.find(' ') == std::string::npos ? "" : "\"";
    if (!line.empty()) line += ' ';
    line += quote;
    for (const char c : word) {
      if (is_one_of(c, "\\'\"")) line += '\\';
      line += c;
    }
    line += quote;
  }
  return line;
}

void read_grubenv(
    std::string_view grubenv,
    const std::function<void(const std::string& name, const std::string& value)>& set) {
  constexpr std::string_view signature = "# GRUB Environment Block\n";
  if (!grubenv.starts_with(signature)) return;
  grubenv.remove_prefix(signature.size());
  while (!grubenv.empty()) {
    std::string line;
    std::size_t at = 0;
    for (; at < grubenv.size() && grubenv[at] != '\n'; ++at) {
      if (grubenv[at] == '\\' && at + 1 < grubenv.size()) ++at;
      line += grubenv[at];
    }
    // GRUB gives up at a line without its end.
    if (at == grubenv.size()) return;
    const std::size_t equals = line.find('=');
    if (!line.starts_with('#') && equals != std::string::npos)
      set(line.substr(0, equals), line.substr(equals + 1));
    grubenv.remove_prefix(at + 1);
  }
}

}  // namespace xenlaunch
