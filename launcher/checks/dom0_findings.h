#pragma once

#include <vector>

#include "base/finding.h"
#include "launcher/checks/device_facts.h"

namespace xenlaunch {

/// What dom0, its drivers or the host's console have or need of the function.
void add_dom0_findings(std::vector<Finding>& findings, const PciFunction& function,
                       const DeviceFacts& facts);

/// Whether it says that dom0 or the host's console has, or needs, a GPU.
bool is_of_dom0(const Finding& finding);

}  // namespace xenlaunch
