#pragma once

#include <string>

#include "base/pci_address.h"

namespace xenlaunch {

/// The names of vendor and device, from libpci and its pci.ids; empty where it knows none.
struct PciNames {
  std::string vendor;
  std::string device;
  friend bool operator==(const PciNames&, const PciNames&) = default;
};

PciNames pci_names(const PciId& id);

}  // namespace xenlaunch
