#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "devicemodel/guest_devices.h"

namespace xenlaunch {

enum class Dom0NeedKind {
  root_file_system,
  boot,     ///< a file system at or below /boot
  mounted,  ///< another one
  swap,
  vm_disk,            ///< a running VM has it as a disk
  open_block_device,  ///< a program has it open
  claimed,            ///< something has it to itself, and it is not known what
  default_route,
  ssh_session,  ///< of who called us
  not_known,    ///< who uses it could not be found out
};

/// What of dom0 lies behind a device.
struct Dom0Need {
  Dom0NeedKind kind{};
  /// From the device to what is needed: "0000:02:00.0", "nvme0n1", "luks-root", "/". As the
  /// kernel tells them: names are hostile.
  std::vector<std::string> chain;
  friend bool operator==(const Dom0Need&, const Dom0Need&) = default;
};

/// Of the functions that have any.
using Dom0Needs = std::map<PciAddress, std::vector<Dom0Need>>;
/// Of USB devices, by their ports.
using UsbNeeds = std::map<UsbPort, std::vector<Dom0Need>>;

}  // namespace xenlaunch
