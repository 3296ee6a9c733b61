#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "launcher/host/this_host.h"

namespace xenlaunch {

/// The whole program: `args` without the program's name, results to `out`, messages to `err`.
/// Returns the exit status.
int run_program(const std::vector<std::string>& args, const ThisHost& host, std::ostream& out,
                std::ostream& err) noexcept;

}  // namespace xenlaunch
