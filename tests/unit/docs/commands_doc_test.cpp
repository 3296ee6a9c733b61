// docs/commands.md says what the command line can do.
#include <regex>

#include "tests/unit/docs/documents.h"
#include "tests/unit/docs/program_commands.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

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
