#pragma once

#include <optional>
#include <vector>

#include "base/pci_address.h"
#include "launcher/xen/xc_handle.h"

namespace xenlaunch {

/// The NUMA node of each device as Xen has it from the firmware: a PV dom0 does not know
/// (xen_start_kernel of Linux sets numa_off). nullopt where Xen does not know either; where it has
/// one node alone, all are at that. Follows libxl_get_pci_topology (tools/libs/light/libxl.c).
/// Throws Error (ExitCode::xen).
std::vector<std::optional<unsigned>> numa_nodes_of(XcHandle& xc,
                                                   const std::vector<PciAddress>& devices);

}  // namespace xenlaunch
