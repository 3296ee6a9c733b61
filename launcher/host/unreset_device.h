#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/pci_address.h"
#include "launcher/host/pci_function.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// Notes that the guest of `vm` gets the function, beside the record of its driver: so it is known
/// also to a launcher that comes after one that was killed. Stands until the function is reset.
void mark_unreset(const PciAddress& device, const std::string& vm, Store& store);

/// The VM whose guest has had it since it was last reset; nullopt: none.
std::optional<std::string> unreset_since(const PciAddress& device, Store& store);

/// It was reset, or goes to a driver as it is.
void clear_unreset(const PciAddress& device, Store& store);

using UnresetDevices = std::map<PciAddress, std::string>;

/// unreset_since of each that has one. A function that a driver of dom0 has was given to it by
/// somebody else: what is noted of it holds no longer.
UnresetDevices unreset_devices(const std::vector<PciFunction>& functions, Store& store);

/// The functions of which anything is on record.
std::vector<PciAddress> devices_on_record(Store& store);

/// Of one that is with pciback for that reason.
Finding unreset_finding(const PciAddress& device, const std::string& vm, Severity severity);

}  // namespace xenlaunch
