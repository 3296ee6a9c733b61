#pragma once

#include <optional>
#include <string>

#include "base/pci_address.h"
#include "xenstore/node.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// The node that says which driver a function on pciback had: libxl's, so that `xl
/// pci-assignable-remove -r` gives the function back as `pci restore` does.
Node driver_record(const PciAddress& device, const std::string& driver);

/// The driver of that node; nullopt where there is none. Throws Error (ExitCode::xenstore) where it
/// names none, and `action` reads on from "cannot".
std::optional<std::string> recorded_driver(const std::string& action, const PciAddress& device,
                                           Store& store);

}  // namespace xenlaunch
