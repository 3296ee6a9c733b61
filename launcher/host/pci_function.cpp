#include "launcher/host/pci_function.h"

#include <fmt/format.h>

#include <algorithm>

namespace xenlaunch {

std::string PciFunction::class_text() const {
  return fmt::format("{:06x}", class_code);
}

const PciFunction* HostPci::find(const PciAddress& address) const {
  const auto found = std::ranges::find(functions, address, &PciFunction::address);
  return found == functions.end() ? nullptr : &*found;
}

bool is_physical_gpu(const PciFunction& function) {
  return function.is_display_controller() && !function.is_virtual_function() &&
         !function.is_second_display;
}

bool is_integrated_gpu(const PciFunction& function, const std::vector<std::uint16_t>& vendors) {
  return is_physical_gpu(function) && function.address.segment == 0 && function.address.bus == 0 &&
         std::ranges::find(vendors, function.id.vendor) != vendors.end();
}

}  // namespace xenlaunch
