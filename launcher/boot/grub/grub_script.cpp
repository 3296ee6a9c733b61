#include "launcher/boot/grub/grub_script.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

namespace xenlaunch {
namespace {

using Kind = GrubToken::Kind;
using Command = GrubScript::Command;

/// An `if`, or a loop, which is never run.
struct Branch {
  bool outer = true;   ///< whether the command around it runs at all
  bool active = true;  ///< whether the commands that come now run
  bool taken = false;  ///< whether one of its branches was run
};

/// nullopt where it has no title (grub_normal_add_menu_entry of grub-core/commands/menuentry.c).
std::optional<GrubMenuEntry> menu_entry(const Command& command, const GrubBlock& body) {
  GrubMenuEntry entry{.submenu = command.front() == "submenu", .body = body};
  bool has_title = false;
  bool has_id = false;
  for (std::size_t at = 1; at < command.size(); ++at) {
    const std::string& word = command[at];
    if (!word.starts_with("--")) {
      if (!has_title) entry.title = word;
      has_title = true;
      continue;
    }
    if (word == "--unrestricted") continue;
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) ++at;
    if (word.substr(0, equals) != "--id" || at >= command.size()) continue;
    entry.id = equals == std::string::npos ? command[at] : word.substr(equals + 1);
    has_id = true;
  }
  if (!has_title) return std::nullopt;
  if (!has_id) entry.id = entry.title;
  return entry;
}

/// grub_cmd_test of grub-core/commands/test.c: words joined by -a, which may be left out, and -o.
class Test {
 public:
  explicit Test(bool has_grubenv) : has_grubenv_{has_grubenv} {}
  bool evaluate(const Command& words);

 private:
  struct Level {
    bool any = false, all = true, invert = false;
    bool value() const { return any || all; }
  };
  void add(bool value) {
    Level& level = levels_.back();
    level.all = level.all && value != level.invert;
    level.invert = false;
  }
  /// How many words the comparison at the start of `words` has; 0 where there is none.
  std::size_t compare(const std::string* words, std::size_t count);
  void modify(const std::string& word);

  bool has_grubenv_;
  std::vector<Level> levels_{Level{}};
};

bool Test::evaluate(const Command& words) {
  const bool closed = words.size() > 1 && words.back() == "]";
  const std::size_t end = words.size() - (closed ? 1 : 0);
  for (std::size_t at = 1; at < end;) {
    const std::size_t size = compare(&words[at], end - at);
    if (size == 0) modify(words[at]);
    at += std::max<std::size_t>(1, size);
  }
  while (levels_.size() > 1) modify(")");
  return levels_.back().value();
}

std::size_t Test::compare(const std::string* words, std::size_t count) {
  if (count > 2 && (words[1] == "=" || words[1] == "==" || words[1] == "!=")) {
    add((words[0] == words[2]) == (words[1] != "!="));
    return 3;
  }
  if (count < 2) return 0;
  const std::string& what = words[0];
  if (what == "-n" || what == "-z")
    add(words[1].empty() == (what == "-z"));
  else if (what == "-s")
    add(has_grubenv_ && words[1].ends_with("/grubenv"));
  else if (what == "-d" || what == "-e" || what == "-f")
    add(false);
  else
    return 0;
  return 2;
}

void Test::modify(const std::string& word) {
  if (word == "(") {
    levels_.emplace_back();
  } else if (word == ")" && levels_.size() > 1) {
    const bool value = levels_.back().value();
    levels_.pop_back();
    add(value);
  } else if (word == "!") {
    levels_.back().invert = !levels_.back().invert;
  } else if (word == "-o") {
    levels_.back().any = levels_.back().value();
    levels_.back().all = true;
  } else if (word != "-a") {
    add(!word.empty());
  }
}

}  // namespace

/// One block while it runs. Of nested ones each has its own; an entry's is run when it boots.
class GrubScript::Run {
 public:
  Run(GrubScript& script, const std::function<void(const Command&)>& other)
      : script_{script}, other_{other} {}

  void block(const GrubBlock& block) {
    for (std::size_t at = block.begin; at < block.end;) at = command(at, block.end);
  }
  std::vector<GrubMenuEntry> entries;

 private:
  /// Runs the command that begins at the token `at`; returns where the next one begins.
  std::size_t command(std::size_t at, std::size_t end);
  /// Whether it is a word of the language, and not a command's.
  bool keyword(std::string_view word);
  void branch(bool condition) {
    Branch& branch = branches_.back();
    branch.active = branch.outer && !branch.taken && condition;
  }
  bool is_active() const { return branches_.empty() || branches_.back().active; }
  bool execute(const Command& command, const GrubBlock* body);
  void assign(const std::string& assignment);
  bool load_env(const Command& command);

  GrubScript& script_;
  const std::function<void(const Command&)>& other_;
  std::vector<Branch> branches_;
  bool status_ = true;  ///< whether the last command succeeded
};

std::size_t GrubScript::Run::command(std::size_t at, std::size_t end) {
  const std::vector<GrubToken>& tokens = script_.tokens_;
  while (at < end && tokens[at].kind == Kind::word && keyword(tokens[at].text)) ++at;
  const bool is_function = at < end && tokens[at].text == "function";
  Command words;
  for (; at < end && tokens[at].kind == Kind::word; ++at)
    if (is_active() && !is_function) script_.variables_.expand(tokens[at], words);
  const bool has_body = at < end && tokens[at].kind == Kind::open && tokens[at].match < end;
  const GrubBlock body = has_body ? GrubBlock{at + 1, tokens[at].match} : GrubBlock{at, at};
  if (!words.empty() && words.front() == "!") {
    words.erase(words.begin());
    status_ = words.empty() || !execute(words, has_body ? &body : nullptr);
  } else if (!words.empty()) {
    status_ = execute(words, has_body ? &body : nullptr);
  }
  return std::min(end, body.end + 1);
}

bool GrubScript::Run::keyword(std::string_view word) {
  if (word == "if" || word == "for" || word == "while" || word == "until") {
    branches_.push_back({.outer = is_active(), .active = word == "if" && is_active()});
    return true;
  }
  if (word == "do") return true;
  if (word != "then" && word != "elif" && word != "else" && word != "fi" && word != "done")
    return false;
  if (branches_.empty()) return true;
  if (word == "fi" || word == "done") branches_.pop_back();
  if (word == "then") branch(status_);
  if (word == "elif" || word == "else") branch(true);
  if (word == "then" || word == "else") branches_.back().taken |= branches_.back().active;
  return true;
}

bool GrubScript::Run::execute(const Command& command, const GrubBlock* body) {
  GrubVariables& variables = script_.variables_;
  const std::string& name = command.front();
  if (name == "[" || name == "test") return Test{!script_.grubenv_.empty()}.evaluate(command);
  if (name == "true") return true;
  if (name == "menuentry" || name == "submenu") {
    std::optional<GrubMenuEntry> entry;
    if (body != nullptr) entry = menu_entry(command, *body);
    if (entry) entries.push_back(std::move(*entry));
    return entry.has_value();
  }
  if (name == "load_env") return load_env(command);
  if (name == "set" && command.size() > 1) {
    assign(command[1]);
    return true;
  }
  if (name == "unset" && command.size() > 1) {
    variables.unset(command[1]);
    return true;
  }
  if (name == "export") {
    for (std::size_t at = 1; at < command.size(); ++at) variables.export_to_submenus(command[at]);
    return true;
  }
  if (name.find('=') != std::string::npos) {
    assign(name);
    return true;
  }
  other_(command);
  return false;
}

void GrubScript::Run::assign(const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) return;
  script_.variables_.set(assignment.substr(0, equals), assignment.substr(equals + 1));
}

bool GrubScript::Run::load_env(const Command& command) {
  const bool other_file = std::ranges::any_of(
      command, [](const std::string& word) { return word == "-f" || word.starts_with("--file"); });
  if (other_file) return false;
  // Names that follow are all that it reads.
  std::set<std::string, std::less<>> wanted;
  for (std::size_t at = 1; at < command.size(); ++at)
    if (!command[at].starts_with('-')) wanted.insert(command[at]);
  script_.variables_.take_room(script_.grubenv_.size());
  read_grubenv(script_.grubenv_, [&](const std::string& name, const std::string& value) {
    if (wanted.empty() || wanted.contains(name)) script_.variables_.set(name, value);
  });
  return true;
}

std::vector<GrubMenuEntry> GrubScript::run(const GrubBlock& block,
                                           const std::function<void(const Command&)>& other) {
  Run run{*this, other};
  run.block(block);
  return std::move(run.entries);
}

}  // namespace xenlaunch
