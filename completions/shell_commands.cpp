#include "completions/shell_commands.h"

#include <CLI/CLI.hpp>
#include <sstream>

#include "launcher/cli/command_options.h"

namespace xenlaunch {
namespace {

/// Of "TEXT:{argv,plan,json}", as CLI11 writes a choice.
std::vector<std::string> choices(const std::string& type) {
  const std::size_t start = type.find('{');
  const std::size_t end = type.find('}');
  if (start == std::string::npos || end == std::string::npos) return {};
  std::istringstream list{type.substr(start + 1, end - start - 1)};
  std::vector<std::string> words;
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

Offer offer_of(const std::string& called, const std::string& command) {
  if (called == "VM.yaml") return Offer::vm_file;
  if (called == "VM.cfg") return Offer::file;  // many have no such name
  if (called == "NAME") return command == "logs" ? Offer::log_name : Offer::vm_name;
  if (called == "BDF") return Offer::bdf;
  if (called == "DIR" || called == "FOLDER") return Offer::folder;
  if (called.ends_with("PATH") || called.ends_with("FILE") || called == "IMAGE") return Offer::file;
  return Offer::nothing;
}

ShellValue value_of(const std::string& called, const std::string& command) {
  if (std::vector<std::string> words = choices(called); !words.empty())
    return {.offer = Offer::words, .called = "WORD", .words = std::move(words)};
  const std::string word = called.substr(0, called.find(':'));  // then what CLI11 checks it for
  return {.offer = offer_of(word, command), .called = word};
}

ShellOption option_of(const CLI::Option& option, const std::string& command) {
  ShellOption found{.help = option.get_description()};
  for (const std::string& name : option.get_snames()) found.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) found.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) found.value = value_of(option.get_type_name(), command);
  return found;
}

ShellCommand command_of(const CLI::App& app, const std::string& name) {
  ShellCommand command{.name = name, .help = app.get_description()};
  for (const CLI::App* inner : app.get_subcommands({}))
    command.commands.push_back(inner->get_name());
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional())
      command.options.push_back(option_of(*option, name));
    else
      command.arguments.push_back(value_of(option->get_name(true), name));
  }
  return command;
}

void collect(const CLI::App& app, const std::string& name, std::vector<ShellCommand>& commands) {
  commands.push_back(command_of(app, name));
  for (const CLI::App* inner : app.get_subcommands({}))
    collect(*inner, name.empty() ? inner->get_name() : name + " " + inner->get_name(), commands);
}

}  // namespace

std::vector<ShellCommand> shell_commands() {
  CLI::App app;
  Options options;
  add_commands(app, options, "");
  std::vector<ShellCommand> commands;
  collect(app, "", commands);
  return commands;
}

}  // namespace xenlaunch
