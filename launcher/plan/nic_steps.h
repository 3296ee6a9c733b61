#pragma once

#include <vector>

#include "launcher/plan/launch_plan.h"

// The steps of the network cards. A card's script runs from its start on, beside the steps behind
// it, and is waited for at the end: QEMU is made ready and the domain built meanwhile.

namespace xenlaunch {

/// When the domain has its nodes. The undo of the first has the words of Facts{}.
std::vector<Step> steps_to_connect_vifs(const LaunchPlan& plan);

/// When QEMU is ready, and with it the tap devices.
std::vector<Step> steps_to_connect_taps(const LaunchPlan& plan);

/// Before the guest runs.
std::vector<Step> steps_to_await_scripts(const LaunchPlan& plan);

}  // namespace xenlaunch
