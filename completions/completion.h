#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "completions/shell_commands.h"

namespace xenlaunch {

// The commands in a shell's own words, which stand in the place of @COMMANDS@ in its template.
std::string bash_commands(const std::vector<ShellCommand>& commands);
std::string zsh_commands(const std::vector<ShellCommand>& commands);
std::string fish_commands(const std::vector<ShellCommand>& commands);

/// The completion for `shell`: bash, zsh or fish. Throws std::invalid_argument for another.
std::string completion(std::string_view shell, std::string text);

}  // namespace xenlaunch
