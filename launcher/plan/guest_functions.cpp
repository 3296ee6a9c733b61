#include "launcher/plan/guest_functions.h"

#include <algorithm>

namespace xenlaunch {

std::vector<PciDeviceConfig> with_all_functions(const std::vector<PciDeviceConfig>& wanted,
                                                const HostPci& host) {
  std::vector<PciDeviceConfig> all;
  const auto is_named = [&wanted](const PciAddress& address) {
    return std::ranges::find(wanted, address, &PciDeviceConfig::address) != wanted.end();
  };
  for (const PciDeviceConfig& device : wanted) {
    all.push_back(device);
    if (!device.all_functions) continue;
    for (const PciFunction& function : host.functions) {
      const bool goes_along = function.address.same_device(device.address) && !function.is_bridge();
      if (!goes_along || is_named(function.address)) continue;
      PciDeviceConfig sibling = device;
      sibling.address = function.address;
      sibling.expect.reset();
      all.push_back(sibling);
    }
  }
  return all;
}

}  // namespace xenlaunch
