#include "launcher/host/device_owner.h"

#include "xenstore/paths.h"

namespace xenlaunch {

std::string to_string(const DeviceOwner& owner) {
  const std::string domain = "domain " + std::to_string(owner.domid);
  return owner.name.empty() ? domain : owner.name + " (" + domain + ")";
}

std::optional<DeviceOwner> live_domain(const std::string& domid, Store& store, Domains& xen) {
  const std::optional<Domid> number = parse_domid(domid);
  if (!number || !xen.domain(*number)) return std::nullopt;
  return DeviceOwner{.domid = *number,
                     .name = store.read(domain_path(domid) + "/name").value_or("")};
}

std::optional<DeviceOwner> device_owner(const PciAddress& device, Store& store, Domains& xen) {
  const std::optional<std::string> domid = store.read(pci_record(device) + "/domid");
  return domid ? live_domain(*domid, store, xen) : std::nullopt;
}

DeviceOwners device_owners(const std::vector<PciFunction>& functions, Store& store, Domains& xen) {
  DeviceOwners owners;
  for (const PciFunction& function : functions)
    if (const auto owner = device_owner(function.address, store, xen))
      owners.emplace(function.address, *owner);
  return owners;
}

std::optional<DeviceOwner> owner_of(const PciFunction& function, const DeviceOwners& owners) {
  const auto found = owners.find(function.address);
  return found == owners.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace xenlaunch
