#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <set>
#include <string>

#include "launcher/cli/command_options.h"

/// The command line as the program has it, for the tests of what is written about it.
namespace xenlaunch::test {

using OptionNames = std::set<std::string>;

/// Each command as the documents write it ("gpu list", "recover [NAME]"), with its
/// options.
using DocumentedCommands = std::map<std::string, OptionNames>;

inline std::string heading_of(const CLI::App& command, const std::string& group) {
  std::string heading = group + command.get_name();
  for (const CLI::Option* option : command.get_options()) {
    if (!option->nonpositional()) {
      const std::string name = option->get_name(true);
      heading += option->get_required() ? " " + name : " [" + name + "]";
    }
  }
  return heading;
}

inline OptionNames options_of(const CLI::App& command) {
  OptionNames names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.insert("--" + name);
    for (const std::string& name : option->get_snames()) names.insert("-" + name);
  }
  return names;
}

inline void collect_commands(const CLI::App& app, const std::string& group,
                             DocumentedCommands& commands) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_subcommands({}).empty())
      commands.emplace(heading_of(*command, group), options_of(*command));
    else
      collect_commands(*command, group + command->get_name() + " ", commands);
  }
}

inline DocumentedCommands commands_of_program() {
  CLI::App app;
  Options options;
  add_commands(app, options, "");
  DocumentedCommands commands;
  collect_commands(app, "", commands);
  return commands;
}

inline std::set<std::string> names_of(const DocumentedCommands& commands) {
  std::set<std::string> names;
  for (const auto& [name, options] : commands) names.insert(name);
  return names;
}

}  // namespace xenlaunch::test
