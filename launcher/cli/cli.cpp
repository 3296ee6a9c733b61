#include "launcher/cli/cli.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <ostream>

#include "base/error.h"
#include "base/version.h"
#include "launcher/cli/cli_commands.h"
#include "launcher/cli/terminal.h"

namespace xenlaunch {
namespace {

constexpr const char* footer =
    "Results go to stdout, messages to stderr.\n"
    "Exit status: 0 done, 1 internal bug, 2 usage, 3 VM file, 4 host, 5 Xen, 6 xenstore, 7 device "
    "model,\n"
    "8 host left changed, 32 guest asked for a reboot (on_reboot: destroy), 33 guest crashed,\n"
    "130 stopped by a signal before the guest ran.";

/// What is wrong with a command line. Where the command is not known CLI11 says only that one is
/// required.
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

ExitCode dispatch(const std::vector<std::string>& args, Options& options, std::ostream& out,
                  std::ostream& err, TerminalProgress& progress) {
  CLI::App app{"xenlaunch starts one Xen VM with a real graphics card and gives everything back",
               "xenlaunch"};
  app.set_version_flag("--version", std::string{"xenlaunch "} + version);
  app.require_subcommand(1);
  app.footer(footer);
  const std::vector<Command> commands =
      add_commands(app, options, args.empty() ? std::string_view{} : args.front());
  try {
    app.parse(
        std::vector<std::string>{args.rbegin(), args.rend()});  // CLI11 takes them from the back
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      app.exit(error, out, err);
      return ExitCode::done;
    }
    if (args.empty()) {
      err << app.help();
      return ExitCode::usage;
    }
    throw Error{ExitCode::usage, usage_problem(app, error)};
  }
  progress.set_verbosity(options.quiet     ? Verbosity::quiet
                         : options.verbose ? Verbosity::verbose
                                           : Verbosity::normal);
  const auto chosen =
      std::ranges::find_if(commands, [](const Command& command) { return command.app->parsed(); });
  return chosen->run(options, out, progress);
}

}  // namespace

int run_program(const std::vector<std::string>& args, std::ostream& out,
                std::ostream& err) noexcept {
  TerminalProgress progress{err, ::isatty(STDERR_FILENO) == 1};
  Options options;
  try {
    return static_cast<int>(dispatch(args, options, out, err, progress));
  } catch (const Error& error) {
    progress.error(error.what());
    return static_cast<int>(error.code);
  } catch (const std::exception& error) {
    progress.internal_error(error.what());
    return static_cast<int>(ExitCode::internal);
  }
}

}  // namespace xenlaunch
