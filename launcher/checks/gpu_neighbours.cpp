#include "launcher/checks/gpu_neighbours.h"

#include <fmt/format.h>

#include <algorithm>

namespace xenlaunch {
namespace {

bool same_bus(const PciAddress& a, const PciAddress& b) {
  return a.segment == b.segment && a.bus == b.bus;
}

/// The other functions on the GPU's bus.
std::vector<std::string> bus_neighbours(const PciFunction& gpu, const HostPci& host) {
  std::vector<std::string> all;
  for (const PciFunction& other : host.functions)
    if (same_bus(other.address, gpu.address) && other.address != gpu.address)
      all.push_back(other.address.to_string());
  return all;
}

/// What the function is, in a word or two.
std::string kind_of(const PciFunction& function) {
  switch (function.class_code >> 8) {
    case 0x0401:
    case 0x0403:
      return "audio";
    case 0x0c03:
      return "USB";
    case 0x0c80:
      return "USB-C";  // the UCSI function of a card with such a socket
    default:
      return "class " + function.class_text();
  }
}

}  // namespace

/// `bus` among the methods says little: the kernel asks pci_parent_bus_reset (Linux
/// drivers/pci/pci.c) as it finds function 0, before the others, and refuses the reset itself once
/// anything else is on the bus.
std::optional<std::string> why_no_reset(const PciFunction& gpu, const HostPci& host) {
  if (gpu.reset_methods.empty()) return "the kernel knows no way to do so";
  const std::vector<std::string> neighbours = bus_neighbours(gpu, host);
  if (gpu.reset_methods != std::vector<std::string>{"bus"} || neighbours.empty())
    return std::nullopt;
  return fmt::format(
      "the only way is to reset its whole bus, with {} on it, which the kernel does not do",
      list_of(neighbours));
}

std::vector<PciFunction> siblings(const PciFunction& gpu, const HostPci& host) {
  std::vector<PciFunction> all;
  for (const PciFunction& other : host.functions)
    if (same_bus(other.address, gpu.address) && other.address.device == gpu.address.device &&
        other.address != gpu.address && !other.is_virtual_function && !other.is_bridge())
      all.push_back(other);
  return all;
}

std::string with_kind(const PciFunction& function) {
  return function.address.to_string() + " (" + kind_of(function) + ")";
}

std::vector<FirmwareRegion> shared_regions(const PciFunction& gpu,
                                           const std::vector<FirmwareRegion>& regions) {
  std::vector<FirmwareRegion> shared;
  for (const FirmwareRegion& region : regions)
    if (region.devices.size() > 1 &&
        std::ranges::find(region.devices, gpu.address) != region.devices.end())
      shared.push_back(region);
  return shared;
}

std::vector<std::string> sharers(const PciFunction& gpu, const FirmwareRegion& region) {
  std::vector<std::string> others;
  for (const PciAddress& address : region.devices)
    if (address != gpu.address) others.push_back(address.to_string());
  return others;
}

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

}  // namespace xenlaunch
