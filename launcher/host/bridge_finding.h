#pragma once

#include "base/finding.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// Of a function that is a bridge: both who plans a VM and who looks at a device refuses it.
Finding bridge_finding(const PciFunction& bridge);

}  // namespace xenlaunch
