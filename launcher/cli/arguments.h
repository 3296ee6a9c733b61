#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "launcher/cli/commands.h"

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

}  // namespace xenlaunch
