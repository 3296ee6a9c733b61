#pragma once

#include <optional>
#include <string>

#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

enum class DryRunFormat { argv, plan, json };

/// `run --dry-run`: what would be done, as text for stdout.
std::string dry_run(const LaunchPlan& plan, DryRunFormat format,
                    const std::optional<unsigned>& domid);

}  // namespace xenlaunch
