#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// The PCI functions below `root`/sys/bus/pci, as drivers/pci/pci-sysfs.c of Linux prints them.
/// Throws Error (ExitCode::host) where an attribute cannot be read or is garbled. A host without
/// /sys/bus/pci has no functions. Left out are functions that vanish while they are read, and names
/// that are not BDFs.
HostPci read_host_pci(const std::filesystem::path& root);

/// All of them, but of those that are no display controllers only what decides over the others:
/// address, ids, class, driver, physical function.
HostPci read_host_gpus(const std::filesystem::path& root);

/// Only those at `addresses`, each of which is a dozen files to read, and what decides over how
/// they can be passed: the functions of the same device, the others on a bus that would be reset
/// with them, their virtual functions, and what lies behind Intel's VMD. All of them where one is
/// not there, for the message that says which there are, and for a card of Intel's, whose sound may
/// be on any bus.
HostPci read_host_pci(const std::filesystem::path& root, const std::vector<PciAddress>& addresses);

/// The virtual functions that sysfs says `function` has.
std::vector<PciAddress> virtual_functions_of(const std::filesystem::path& root,
                                             const PciAddress& function);

/// One of them; nullopt where there is no such function.
std::optional<PciFunction> read_pci_function(const std::filesystem::path& root,
                                             const PciAddress& address);

}  // namespace xenlaunch
