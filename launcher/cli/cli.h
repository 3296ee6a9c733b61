#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace xenlaunch {

/// The whole program: `args` without the program's name, results to `out`, messages to `err`.
/// Returns the exit status.
int run_program(const std::vector<std::string>& args, std::ostream& out,
                std::ostream& err) noexcept;

}  // namespace xenlaunch
