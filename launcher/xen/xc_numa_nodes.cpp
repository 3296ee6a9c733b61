#include "launcher/xen/xc_numa_nodes.h"

#include <cstdint>

namespace xenlaunch {

std::vector<std::optional<unsigned>> numa_nodes_of(XcHandle& xc,
                                                   const std::vector<PciAddress>& devices) {
  xc_physinfo_t host{};
  xc.check(xc_physinfo(xc.get(), &host), "ask Xen for its NUMA nodes");
  if (host.nr_nodes == 1) return std::vector<std::optional<unsigned>>(devices.size(), 0U);
  std::vector<physdev_pci_device_t> asked;
  for (const PciAddress& device : devices) {
    // One beyond what Xen numbers gets the answer of one that it does not know.
    const bool is_known = device.segment <= PciAddress::last_segment_of_xen;
    asked.push_back({.seg = static_cast<std::uint16_t>(is_known ? device.segment : 0xffff),
                     .bus = device.bus,
                     .devfn = static_cast<std::uint8_t>(device.device << 3 | device.function)});
  }
  std::vector<std::uint32_t> nodes(devices.size(), XEN_INVALID_NODE_ID);
  if (!devices.empty())
    xc.check(
        xc_pcitopoinfo(xc.get(), static_cast<unsigned>(asked.size()), asked.data(), nodes.data()),
        "ask Xen for the NUMA nodes of PCI devices");
  std::vector<std::optional<unsigned>> known;
  for (const std::uint32_t node : nodes)
    known.push_back(node < XEN_INVALID_DEV ? std::optional<unsigned>{node} : std::nullopt);
  return known;
}

}  // namespace xenlaunch
