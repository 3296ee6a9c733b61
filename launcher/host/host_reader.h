#pragma once

#include <filesystem>

#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// The PCI functions below `root`/sys/bus/pci. Throws Error (ExitCode::host) where an attribute that every function
/// has cannot be read or is garbled. A host without /sys/bus/pci has no functions.
HostPci read_host_pci(const std::filesystem::path& root);

}  // namespace xenlaunch
