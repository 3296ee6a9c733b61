#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "devicemodel/guest_devices.h"

namespace xenlaunch {

/// A device that is plugged in at the host.
struct HostUsbDevice {
  UsbPort port;
  PciId id;            ///< USB's have the same form
  std::string name{};  ///< as the device gives it: hostile
  bool is_hub = false;
  friend bool operator==(const HostUsbDevice&, const HostUsbDevice&) = default;
};

/// The USB devices of the host below `root`, its root hubs left out, in the order of their names in
/// sysfs (Documentation/ABI/stable/sysfs-bus-usb of Linux). What is unplugged meanwhile is left
/// out.
std::vector<HostUsbDevice> read_host_usb(const std::filesystem::path& root);

}  // namespace xenlaunch
