// docs/commands.md says what the command line can do.
#include <CLI/CLI.hpp>
#include <map>
#include <regex>

#include "launcher/cli/arguments.h"
#include "tests/unit/docs/documents.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using OptionNames = std::set<std::string>;

/// Each command as docs/commands.md writes it in a heading ("gpu list", "recover [NAME]"), with its
/// options.
using DocumentedCommands = std::map<std::string, OptionNames>;

std::string heading_of(const CLI::App& command, const std::string& group) {
  std::string heading = group + command.get_name();
  for (const CLI::Option* option : command.get_options()) {
    if (!option->nonpositional()) {
      const std::string name = option->get_name(true);
      heading += option->get_required() ? " " + name : " [" + name + "]";
    }
  }
  return heading;
}

OptionNames options_of(const CLI::App& command) {
  OptionNames names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.insert("--" + name);
    for (const std::string& name : option->get_snames()) names.insert("-" + name);
  }
  return names;
}

void collect(const CLI::App& app, const std::string& group, DocumentedCommands& commands) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_subcommands({}).empty())
      commands.emplace(heading_of(*command, group), options_of(*command));
    else
      collect(*command, group + command->get_name() + " ", commands);
  }
}

DocumentedCommands commands_of_program() {
  CLI::App app;
  Options options;
  add_commands(app, options, "");
  DocumentedCommands commands;
  collect(app, "", commands);
  return commands;
}

/// The options of the tables of `text`: of "| `-q`, `--quiet` | …" both.
OptionNames documented_options(const std::string& text) {
  static const std::regex row{R"(\| (`-[^|]*(\\\|[^|]*)*) \| .*)"};
  static const std::regex option{R"(`(--?[a-z-]+))"};
  OptionNames names;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    const std::string cell = match[1];
    for (std::sregex_iterator found{cell.begin(), cell.end(), option}, end; found != end; ++found)
      names.insert((*found)[1]);
  }
  return names;
}

DocumentedCommands documented_commands() {
  static const std::regex heading{"### `(.*)`"};
  const std::string text = document("commands.md");
  const OptionNames common = documented_options(section(text, "## Options of every command"));
  DocumentedCommands commands;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (!std::regex_match(line, match, heading)) continue;
    OptionNames options = documented_options(section(text, line));
    options.insert(common.begin(), common.end());
    commands.emplace(match[1], options);
  }
  return commands;
}

std::set<std::string> names_of(const DocumentedCommands& commands) {
  std::set<std::string> names;
  for (const auto& [name, options] : commands) names.insert(name);
  return names;
}

TEST_CASE("docs/commands.md has every command, and no other") {
  const std::set<std::string> known = names_of(commands_of_program());
  const std::set<std::string> documented = names_of(documented_commands());
  CHECK(known.contains("gpu list"));
  CHECK(known.contains("recover [NAME]"));
  CHECK(missing(known, documented) == "");
  CHECK(missing(documented, known) == "");
}

TEST_CASE("docs/commands.md has every option of every command, and no other") {
  const DocumentedCommands known = commands_of_program();
  const DocumentedCommands documented = documented_commands();
  for (const auto& [name, options] : known) {
    CAPTURE(name);
    const auto found = documented.find(name);
    if (found == documented.end()) continue;  // said by the other test
    CHECK(missing(options, found->second) == "");
    CHECK(missing(found->second, options) == "");
  }
}

TEST_CASE("docs/commands.md has every exit status") {
  const std::string table = section(document("commands.md"), "## Exit status");
  for (const ExitCode code :
       {ExitCode::done, ExitCode::internal, ExitCode::usage, ExitCode::vm_file, ExitCode::host,
        ExitCode::xen, ExitCode::xenstore, ExitCode::device_model, ExitCode::host_left_changed,
        ExitCode::guest_rebooted, ExitCode::guest_crashed, ExitCode::interrupted}) {
    const std::string row = "\n| " + std::to_string(static_cast<int>(code)) + " | ";
    CAPTURE(row);
    CHECK(table.find(row) != std::string::npos);
  }
}

}  // namespace
}  // namespace xenlaunch::test
