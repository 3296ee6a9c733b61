#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "launcher/config/host_settings.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

enum class DryRunFormat { argv, plan, json };

/// The plan of a VM file on the host below `root`. Throws Error as read_vm_file and resolve do.
LaunchPlan plan_vm(const std::filesystem::path& vm_file, const std::filesystem::path& root,
                   const HostSettings& settings);

/// `run --dry-run`: what would be done, as text for stdout.
std::string dry_run(const LaunchPlan& plan, DryRunFormat format,
                    const std::optional<unsigned>& domid);

}  // namespace xenlaunch
