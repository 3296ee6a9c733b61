#include <fmt/format.h>
#include <fmt/ranges.h>

#include "completions/completion.h"

namespace xenlaunch {
namespace {

std::string offer(const ShellValue& value) {
  return fmt::format("{}{}{}", name_of(value.offer, offer_names), value.words.empty() ? "" : " ",
                     fmt::join(value.words, " "));
}

}  // namespace

/// Two functions: what stands behind a command, and what an option of it takes.
std::string bash_commands(const std::vector<ShellCommand>& commands) {
  std::string of_commands;
  std::string of_options;
  for (const ShellCommand& command : commands) {
    std::vector<std::string_view> arguments;
    for (const ShellValue& argument : command.arguments)
      arguments.push_back(name_of(argument.offer, offer_names));
    std::vector<std::string> names;
    for (const ShellOption& option : command.options) {
      names.insert(names.end(), option.names.begin(), option.names.end());
      if (!option.value) continue;
      for (const std::string& name : option.names)
        of_options +=
            fmt::format("    '{} {}') value='{}' ;;\n", command.name, name, offer(*option.value));
    }
    of_commands += fmt::format(
        "    '{}')\n      commands='{}'\n      options='{}'\n      arguments='{}'\n      ;;\n",
        command.name, fmt::join(command.commands, " "), fmt::join(names, " "),
        fmt::join(arguments, " "));
  }
  return "_xenlaunch_command() {\n  case $1 in\n" + of_commands +
         "  esac\n}\n\n_xenlaunch_option() {\n  value=''\n  case \"$1 $2\" in\n" + of_options +
         "  esac\n}\n";
}

}  // namespace xenlaunch
