#pragma once

#include <optional>
#include <vector>

#include "base/finding.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/xen/domains.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// The plan's images that another running VM has as paravirtual disks, as their backends say in
/// xenstore, unless both only read them. QEMU locks only the images of what it emulates, blkback
/// none. `own` is a domain whose disks are the plan's own.
std::vector<Finding> check_image_users(const LaunchPlan& plan, Store& store, Domains& xen,
                                       std::optional<Domid> own = {});

}  // namespace xenlaunch
