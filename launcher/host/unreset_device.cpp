#include "launcher/host/unreset_device.h"

#include "base/text.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

std::string mark_path(const PciAddress& device) {
  return pci_record(device) + "/xenlaunch_unreset";
}

}  // namespace

void mark_unreset(const PciAddress& device, const std::string& vm, Store& store) {
  store.write({{mark_path(device), vm, Access::dom0_only}}, 0);
}

std::optional<std::string> unreset_since(const PciAddress& device, Store& store) {
  return store.read(mark_path(device));
}

void clear_unreset(const PciAddress& device, Store& store) {
  store.remove({mark_path(device)});
}

UnresetDevices unreset_devices(const std::vector<PciFunction>& functions, Store& store) {
  UnresetDevices devices;
  for (const PciFunction& function : functions)
    if (!function.driver || function.driver == "pciback")
      if (const auto vm = unreset_since(function.address, store))
        devices.emplace(function.address, *vm);
  return devices;
}

std::vector<PciAddress> devices_on_record(Store& store) {
  std::vector<PciAddress> devices;
  for (const std::string& name : store.list(pci_records))
    if (const auto device = device_of_record(name)) devices.push_back(*device);
  return devices;
}

Finding unreset_finding(const PciAddress& device, const std::string& vm, Severity severity) {
  const std::string bdf = device.to_string();
  return {FindingCode::unreset, bdf,
          "the guest of " + excerpt(vm) +
              " had it, and it was not reset since, so it stays with pciback, where VMs can have "
              "it",
          "`xenlaunch pci restore --force " + bdf +
              "` gives it to its driver as it is, and with `return_without_reset: driver` in "
              "/etc/xenlaunch/host.yaml every end of a VM does",
          severity};
}

}  // namespace xenlaunch
