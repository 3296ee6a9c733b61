#pragma once

#include <string>
#include <vector>

#include "base/finding.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// What a plan names of this host's files, and what its QEMU's profile has no place for.
/// `trusted_folders`: of the host's settings. Returns all that it finds.
std::vector<Finding> check_files(const LaunchPlan& plan,
                                 const std::vector<std::string>& trusted_folders);

/// The image of a CD-ROM.
std::vector<Finding> check_cdrom(const std::string& image);

}  // namespace xenlaunch
