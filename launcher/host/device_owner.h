#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "launcher/host/pci_function.h"
#include "launcher/xen/domains.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// A domain that lives and has a PCI function.
struct DeviceOwner {
  Domid domid{};
  std::string name;  ///< empty where it has none
  friend bool operator==(const DeviceOwner&, const DeviceOwner&) = default;
};

/// "win10 (domain 3)"
std::string to_string(const DeviceOwner& owner);

/// The domain of this id, written as xenstore has it, where it lives.
std::optional<DeviceOwner> live_domain(const std::string& domid, Store& store, Domains& xen);

/// Who has the function, by the record that we and libxl 4.17 keep (pci_record).
std::optional<DeviceOwner> device_owner(const PciAddress& device, Store& store, Domains& xen);

using DeviceOwners = std::map<PciAddress, DeviceOwner>;

/// device_owner of each function that has one.
DeviceOwners device_owners(const std::vector<PciFunction>& functions, Store& store, Domains& xen);

/// Of what device_owners has returned.
std::optional<DeviceOwner> owner_of(const PciFunction& function, const DeviceOwners& owners);

}  // namespace xenlaunch
