#pragma once

#include <string>

#include "launcher/host_access.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/supervision.h"

namespace xenlaunch {

/// How one run of a guest ended, everything given back but for what `host_left_changed` says.
struct LaunchResult {
  Verdict end = Verdict::keep_running;
  std::string message;  ///< for people, and why QEMU died where it did
  bool host_left_changed = false;
};

/// Performs the plan, stays with the guest until it ends, and takes everything down again. Throws
/// Error where the guest could not be started; then, too, everything has been given back, or the
/// code is ExitCode::host_left_changed.
LaunchResult launch(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
                    Progress& progress);

}  // namespace xenlaunch
