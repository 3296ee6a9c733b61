#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/shell_quote.h"
#include "completions/completion.h"

namespace xenlaunch {
namespace {

/// `text` with a backslash before each of `special`.
std::string escaped(const std::string& text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

/// Of _arguments, behind what takes the value.
std::string value_spec(const ShellValue& value) {
  const std::string called = ":" + escaped(value.called, ":\\");
  if (value.offer == Offer::nothing) return called + ": ";
  if (value.offer == Offer::words)
    return fmt::format("{}:({})", called, fmt::join(value.words, " "));
  return fmt::format("{}:_xenlaunch_{}", called, name_of(value.offer, offer_names));
}

std::string option_specs(const ShellOption& option) {
  std::string specs;
  for (const std::string& name : option.names) {
    const std::string how = !option.value ? "" : name.starts_with("--") ? "=" : "+";
    specs +=
        " \\\n        " + shell_quote(fmt::format("({}){}{}[{}]{}", fmt::join(option.names, " "),
                                                  name, how, escaped(option.help, "[]\\"),
                                                  option.value ? value_spec(*option.value) : ""));
  }
  return specs;
}

const std::string& help_of(const std::string& name, const std::vector<ShellCommand>& commands) {
  static const std::string none;
  for (const ShellCommand& command : commands)
    if (command.name == name) return command.help;
  return none;
}

std::string described_commands(const ShellCommand& group,
                               const std::vector<ShellCommand>& commands) {
  std::string list;
  for (const std::string& word : group.commands) {
    const std::string name = group.name.empty() ? word : group.name + " " + word;
    list += "\n        " + shell_quote(word + ":" + help_of(name, commands));
  }
  return list;
}

}  // namespace

/// A case for each command: what it takes, in the words of _arguments.
std::string zsh_commands(const std::vector<ShellCommand>& commands) {
  std::string cases;
  for (const ShellCommand& command : commands) {
    cases += fmt::format("    '{}')\n", command.name);
    if (!command.commands.empty())
      cases += fmt::format("      commands=({}\n      )\n", described_commands(command, commands));
    cases += "      _arguments -C";
    for (const ShellOption& option : command.options) cases += option_specs(option);
    int place = 0;
    for (const ShellValue& argument : command.arguments)
      cases += " \\\n        " + shell_quote(fmt::format("{}{}", ++place, value_spec(argument)));
    if (!command.commands.empty())
      cases += " \\\n        '1:command:->command' '*::argument:->behind'";
    cases += "\n      ;;\n";
  }
  return cases;
}

}  // namespace xenlaunch
