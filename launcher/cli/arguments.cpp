#include "launcher/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <ostream>

#include "base/error.h"
#include "base/text.h"
#include "launcher/cli/command_options.h"

namespace xenlaunch {
namespace {

// From CLI11 2.5 on longer lines than 80 characters are broken anywhere.
constexpr const char* footer =
    "Results go to stdout, messages to stderr.\n"
    "Exit status: 0 done, 1 internal bug, 2 usage, 3 VM file, 4 host, 5 Xen,\n"
    "6 xenstore, 7 device model, 8 host left changed, 32 guest asked for a reboot\n"
    "(on_reboot: destroy), 33 guest crashed, 130 stopped by a signal before the\n"
    "guest ran.";

/// What is wrong. Where a command is not known CLI11 says only that one is required.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string name = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
  }
  std::string problem = error.what();
  const std::vector<const CLI::App*> known = command->get_subcommands({});
  if (!known.empty()) {
    const std::vector<std::string> unknown = command->remaining();
    problem = unknown.empty() ? "no command is given" : "'" + unknown.front() + "' is not known";
    problem += "; " + name + " has the commands";
    for (const CLI::App* one : known)
      problem += (one == known.front() ? " " : ", ") + one->get_name();
  }
  return problem + "; see " + name + " --help";
}

/// CLI11's time grows with the square of what it is given.
void refuse_endless(const std::vector<std::string>& args) {
  constexpr std::size_t most_words = 256;
  constexpr std::size_t longest_option = 8192;  // with a path as its value
  if (args.size() > most_words)
    throw Error{ExitCode::usage,
                "cannot take " + std::to_string(args.size()) + " words; see xenlaunch --help"};
  for (const std::string& word : args)
    if (word.starts_with('-') && word.size() > longest_option)
      throw Error{ExitCode::usage, "cannot take '" + excerpt(word) +
                                       "': no option is so long; see xenlaunch --help"};
}

}  // namespace

Arguments parse_arguments(const std::vector<std::string>& args, std::ostream& out,
                          std::ostream& err) {
  refuse_endless(args);
  CLI::App app{"xenlaunch starts one Xen VM with a real graphics card and gives everything back",
               "xenlaunch"};
  app.require_subcommand(1);
  app.footer(footer);
  Arguments asked;
  const Commands commands =
      add_commands(app, asked.options, args.empty() ? std::string_view{} : args.front());
  try {
    app.parse(std::vector(args.rbegin(), args.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      app.exit(error, out, err);
      return {};
    }
    if (!args.empty()) throw Error{ExitCode::usage, usage_problem(app, error)};
    err << app.help();
    return {.code = ExitCode::usage};
  }
  for (const auto& [command, run] : commands)
    if (command->parsed()) asked.command = run;
  return asked;
}

}  // namespace xenlaunch
