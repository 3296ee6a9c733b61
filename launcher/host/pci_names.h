#pragma once

#include <memory>
#include <string>

#include "base/pci_address.h"

namespace xenlaunch {

/// The names of vendor and device, from libpci and its pci.ids; empty where it knows none.
struct PciNames {
  std::string vendor;
  std::string device;
  friend bool operator==(const PciNames&, const PciNames&) = default;
};

/// Reads the list when the first name is asked for, and keeps it: it has some 40 000 lines.
class PciNameList {
 public:
  PciNameList();
  ~PciNameList();
  PciNames names(const PciId& id);

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace xenlaunch
