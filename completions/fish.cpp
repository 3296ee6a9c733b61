#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/shell_quote.h"
#include "completions/completion.h"

namespace xenlaunch {
namespace {

std::string line(const std::string& condition, const std::string& rest) {
  return fmt::format("complete -c xenlaunch -n '{}'{}\n", condition, rest);
}

std::string offer(const ShellValue& value) {
  if (value.offer == Offer::nothing) return "";
  if (value.offer == Offer::words) return fmt::format(" -a '{}'", fmt::join(value.words, " "));
  return fmt::format(" -a '(__xenlaunch_{})'", name_of(value.offer, offer_names));
}

std::string option_line(const std::string& condition, const ShellOption& option) {
  std::string rest;
  for (const std::string& name : option.names)
    rest += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (option.value) rest += " -x" + offer(*option.value);
  return line(condition, rest + " -d " + shell_quote(option.help));
}

}  // namespace

/// A line for each command, option and argument.
std::string fish_commands(const std::vector<ShellCommand>& commands) {
  std::string lines;
  for (const ShellCommand& command : commands) {
    const std::size_t space = command.name.rfind(' ');
    const std::string group = space == std::string::npos ? "" : " " + command.name.substr(0, space);
    if (!command.name.empty())
      lines += line("__xenlaunch_is" + group,
                    " -a " + command.name.substr(space + 1) + " -d " + shell_quote(command.help));
    const std::string behind = command.commands.empty() ? "__xenlaunch_in " + command.name
                               : command.name.empty()   ? "__xenlaunch_is"
                                                        : "__xenlaunch_is " + command.name;
    for (const ShellOption& option : command.options) lines += option_line(behind, option);
    const bool one_argument = command.arguments.size() == 1;
    for (std::size_t i = 0; i < command.arguments.size(); ++i)
      lines += line(one_argument ? behind : fmt::format("__xenlaunch_at {} {}", i, command.name),
                    offer(command.arguments[i]));
  }
  return lines;
}

}  // namespace xenlaunch
