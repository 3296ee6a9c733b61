#pragma once

#include <vector>

#include "launcher/config/vm_config.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// `wanted` with `functions: all` carried out: behind such a device come the other functions of the
/// same host device, bridges apart, with its options, but for `expect`, which is said of one
/// function alone. One that the VM file names itself keeps what the file says of it.
std::vector<PciDeviceConfig> with_all_functions(const std::vector<PciDeviceConfig>& wanted,
                                                const HostPci& host);

}  // namespace xenlaunch
