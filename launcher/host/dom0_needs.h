#pragma once

#include <filesystem>
#include <vector>

#include "launcher/host/dom0_need.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// What dom0 of the host below `root` needs of what lies behind each of `functions`, below it in
/// sysfs or on its virtual functions: its file systems, swap, disks of VMs and open block devices,
/// the default route and our caller's SSH session. Cheap where no disk and no network interface is
/// there. Never throws: what cannot be read is a need of the kind not_known, or, in a copy, left
/// out.
Dom0Needs read_dom0_needs(const std::filesystem::path& root,
                          const std::vector<PciFunction>& functions);

/// The same of the USB devices at `ports`: what is below them in sysfs, and not their controllers.
UsbNeeds read_usb_needs(const std::filesystem::path& root, const std::vector<UsbPort>& ports);

/// Takes from `needs` what `pci assign --force` does not mind: all but the root file system.
void leave_root_only(Dom0Needs& needs);

}  // namespace xenlaunch
