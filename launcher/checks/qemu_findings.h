#pragma once

#include <set>
#include <vector>

#include "base/finding.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// What has to be known of the plan's QEMU.
std::set<QemuQuestion> questions_of(const LaunchPlan& plan);

/// What the VM file asks for and the plan's QEMU does not have, as far as it was asked; and why it
/// is not restricted to its domain where it has to be.
std::vector<Finding> qemu_findings(const LaunchPlan& plan);

}  // namespace xenlaunch
