#pragma once

#include <vector>

#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// The ordered steps of a start. QEMU is spawned as soon as the domain has a number and held until
/// the devices are the domain's, so that its own start and all that is done meanwhile overlap; it
/// waits for nothing that the build provides.
std::vector<Step> steps_of(const VmConfig& vm, const std::vector<PlannedDevice>& devices,
                           const ResolvedVideo& video);

/// Takes the last step, the unpause, from the plan.
void leave_paused(LaunchPlan& plan);

/// Makes it the plan for a domain that a toolstack has built and left paused: its devices, QEMU and
/// the nodes of both are ours, the domain is not.
void attach_to_built_domain(LaunchPlan& plan);

}  // namespace xenlaunch
