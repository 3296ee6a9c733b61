#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "launcher/cli/commands.h"

namespace xenlaunch {

/// A command of the program, and what carries it out.
struct Command {
  CLI::App* app;
  ExitCode (*run)(const Options& options, std::ostream& out, Progress& progress);
};

/// Adds the commands to `app`, whose parsing fills in `options`: the one that `first_word` names,
/// or all of them where it names none. (To add them all takes longer than a whole dry run.)
std::vector<Command> add_commands(CLI::App& app, Options& options, std::string_view first_word);

}  // namespace xenlaunch
