#pragma once

#include <vector>

#include "base/finding.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/host_usb.h"

namespace xenlaunch {

/// The ports of the devices that the VM file names. One that is not there, is there twice or is a
/// hub becomes one of `findings`.
std::vector<UsbPort> find_usb_devices(const UsbConfig& usb, const std::vector<HostUsbDevice>& host,
                                      std::vector<Finding>& findings);

/// The guest's USB with those `devices`: unless the VM file says otherwise a tablet where
/// `is_shown`, which is whether a person sees an emulated card, and an xHCI controller where
/// something needs one.
UsbSpec plan_usb(const UsbConfig& usb, std::vector<UsbPort> devices, bool is_shown);

}  // namespace xenlaunch
