#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "base/exit_code.h"
#include "launcher/config/vm_config.h"
#include "launcher/run/supervision.h"

namespace xenlaunch {

/// What is to be done once a VM has ended so.
enum class Next { end, restart, preserve };

/// The VM file decides over what the guest did itself, and over QEMU's death, which on_crash
/// covers; but not where somebody has asked for the VM's end, nor over a domain that is a
/// toolstack's.
Next next_after(Verdict end, const VmConfig& vm, bool stop_requested, bool owns_domain);

/// The exit status for a run that ended so and is not started again.
ExitCode exit_code_for(Verdict end);

/// Tells a guest that reboots in a circle from one that reboots.
class RestartLimit {
 public:
  explicit RestartLimit(const RestartLimitConfig& limit) : limit_{limit} {}

  /// Whether the guest may start again at `now`, which counts as a restart.
  bool allow(std::chrono::steady_clock::time_point now);

 private:
  RestartLimitConfig limit_;
  std::vector<std::chrono::steady_clock::time_point> restarts_;
};

}  // namespace xenlaunch
