#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"

namespace xenlaunch::test {

/// No std::exception: nobody catches it, as nobody catches SIGKILL.
struct Killed {};

/// What was done to the host, a line a call, in the order of the calls whichever fake they reach.
struct Journal {
  std::vector<std::string> lines;
  std::optional<std::size_t> fail_at;  ///< index of the call that throws "injected failure"
  std::string fail_on;                 ///< also the call with this line
  bool fail_as_bug = false;            ///< throws something that is no Error
  bool fail_as_kill = false;           ///< throws Killed
  std::map<std::string, std::function<void()>> reactions;  ///< to the call with this line
  std::string current_step;                                ///< the last that Progress was told of
  std::string failed_step;                                 ///< the one that the failure came in

  void add(const std::string& line) {
    lines.push_back(line);
    if (const auto reaction = reactions.find(line); reaction != reactions.end()) reaction->second();
    if (fail_at != lines.size() - 1 && fail_on != line) return;
    failed_step = current_step;
    if (fail_as_kill) throw Killed{};
    if (fail_as_bug) throw std::runtime_error{"injected failure"};
    throw Error{ExitCode::xen, "injected failure"};
  }
};

}  // namespace xenlaunch::test
