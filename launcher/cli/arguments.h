#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "launcher/cli/commands.h"

namespace CLI {
class App;
}

namespace xenlaunch {

/// What a command line asks for.
struct Arguments {
  Options options;
  CommandFunction* command = nullptr;  ///< null: nothing is left to do, and the program ends with
  ExitCode code = ExitCode::done;      ///< this
};

/// Reads `args`, the program's name left out. What --help and --version print goes to `out`, the
/// help of a program called without arguments to `err`. Throws Error (ExitCode::usage).
Arguments parse_arguments(const std::vector<std::string>& args, std::ostream& out,
                          std::ostream& err);

/// Commands, each with what carries it out.
using Commands = std::vector<std::pair<CLI::App*, CommandFunction*>>;

/// Adds --version and the commands to `app`, whose parsing fills in `options`: the one that
/// `first_word` names, or all of them where it names none. (To add them all takes longer than a
/// whole dry run.)
Commands add_commands(CLI::App& app, Options& options, std::string_view first_word);

}  // namespace xenlaunch
