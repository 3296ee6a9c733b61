#pragma once

#include <vector>

#include "base/finding.h"
#include "base/pci_address.h"
#include "launcher/host/dom0_need.h"

namespace xenlaunch {

/// One for each need: "the host's root file system is on it (0000:02:00.0 → nvme0n1 → /)". They
/// block, but for who uses a disk is not known.
std::vector<Finding> dom0_need_findings(const PciAddress& device,
                                        const std::vector<Dom0Need>& needs);
/// The same of USB devices.
std::vector<Finding> usb_need_findings(const UsbNeeds& needs);

}  // namespace xenlaunch
