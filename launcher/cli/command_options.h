#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "launcher/cli/commands.h"

namespace CLI {
class App;
}

namespace xenlaunch {

/// Commands, each with what carries it out.
using Commands = std::vector<std::pair<CLI::App*, CommandFunction*>>;

/// Adds --version and the commands to `app`, whose parsing fills in `options`: the one that
/// `first_word` names, or all of them where it names none. (To add them all takes longer than a
/// whole dry run.)
Commands add_commands(CLI::App& app, Options& options, std::string_view first_word);

}  // namespace xenlaunch
