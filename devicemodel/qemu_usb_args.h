#pragma once

#include <string>
#include <vector>

#include "devicemodel/guest_devices.h"

namespace xenlaunch {

/// How many devices the controller has ports for.
unsigned usb_ports(UsbController controller);

/// The controller at its own slot and what hangs on it, as arguments of upstream QEMU. A host
/// device is named by its port, which stays the same when it is plugged in again, as its address
/// (libxl's hostaddr) does not.
void add_usb(std::vector<std::string>& argv, const UsbSpec& usb);

}  // namespace xenlaunch
