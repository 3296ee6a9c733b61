#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "launcher/base/exit_code.h"
#include "launcher/config/vm_config.h"
#include "launcher/supervision.h"

namespace xenlaunch {

/// What the VM file says is to be done after `end`. Only what the guest did itself (and QEMU's
/// death, which on_crash covers) can restart it.
OnEvent action_after(Verdict end, const VmConfig& vm);

/// The exit status for a run that ended so and is not started again.
ExitCode exit_code_for(Verdict end);

/// Tells a guest that reboots in a circle from one that reboots.
class RestartLimit {
 public:
  static constexpr std::size_t max_restarts = 5;
  static constexpr std::chrono::seconds window{60};

  /// Whether the guest may start again at `now`, which counts as a restart.
  bool allow(std::chrono::steady_clock::time_point now);

 private:
  std::vector<std::chrono::steady_clock::time_point> restarts_;
};

}  // namespace xenlaunch
