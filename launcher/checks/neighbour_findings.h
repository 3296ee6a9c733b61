#pragma once

#include <vector>

#include "base/finding.h"
#include "launcher/checks/device_facts.h"

namespace xenlaunch {

/// What the function has to do with others: its physical or virtual functions, its companions, what
/// lies behind it, the bus it is reset with, the memory that the firmware keeps for it.
void add_neighbour_findings(std::vector<Finding>& findings, const PciFunction& function,
                            const DeviceFacts& facts);

}  // namespace xenlaunch
