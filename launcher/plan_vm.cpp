#include "launcher/plan_vm.h"

#include "launcher/config/vm_reader.h"
#include "launcher/host/host_reader.h"
#include "launcher/plan/resolve.h"

namespace xenlaunch {

HostPci read_pci_of(const VmConfig& vm, const std::filesystem::path& root) {
  std::vector<PciAddress> addresses;
  for (const PciDeviceConfig& device : vm.pci) addresses.push_back(device.address);
  return read_host_pci(root, addresses);
}

LaunchPlan plan_vm(const std::filesystem::path& vm_file, const std::filesystem::path& root,
                   const HostSettings& settings) {
  const VmConfig vm = read_vm_file(vm_file);
  return resolve(vm, read_pci_of(vm, root), settings);
}

}  // namespace xenlaunch
