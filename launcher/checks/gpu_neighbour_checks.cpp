#include <fmt/format.h>

#include <algorithm>

#include "launcher/checks/checks.h"

namespace xenlaunch {
namespace {

bool same_bus(const PciAddress& a, const PciAddress& b) {
  return a.segment == b.segment && a.bus == b.bus;
}

/// The other functions on the GPU's bus.
std::vector<std::string> bus_neighbours(const DoctorGpu& gpu, const HostPci& pci) {
  std::vector<std::string> all;
  for (const PciFunction& other : pci.functions)
    if (same_bus(other.address, gpu.function.address) && other.address != gpu.function.address)
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

/// The other physical functions of the GPU's device.
std::vector<const PciFunction*> siblings(const DoctorGpu& gpu, const HostPci& pci) {
  std::vector<const PciFunction*> all;
  for (const PciFunction& other : pci.functions)
    if (same_bus(other.address, gpu.function.address) &&
        other.address.device == gpu.function.address.device &&
        other.address != gpu.function.address && !other.is_virtual_function && !other.is_bridge())
      all.push_back(&other);
  return all;
}

/// `bus` among the methods says little: the kernel asks pci_parent_bus_reset (Linux
/// drivers/pci/pci.c) as it finds function 0, before the others, and refuses the reset itself once
/// anything else is on the bus.
void add_reset(Checks& checks, const DoctorFacts& facts) {
  Checks found;
  for (const DoctorGpu& gpu : facts.gpus) {
    const std::vector<std::string>& methods = gpu.function.reset_methods;
    const std::vector<std::string> neighbours = bus_neighbours(gpu, facts.pci);
    std::string reason;
    if (methods.empty())
      reason = "the kernel knows no way to do so";
    else if (methods == std::vector<std::string>{"bus"} && !neighbours.empty())
      reason = fmt::format(
          "the only way is to reset its whole bus, with {} on it, which the kernel "
          "does not do",
          list_of(neighbours));
    if (reason.empty()) continue;
    found.push_back(
        {"gpu_reset", CheckStatus::warning,
         fmt::format("{} cannot be reset: {}. A second start of a VM with it may fail.",
                     describe(gpu), reason),
         "Shut the guest down properly rather than destroying it. If the card does not work at "
         "the next start, reboot the host."});
  }
  add_or_ok(checks, std::move(found), "gpu_reset", "Every GPU can be reset between two guests.");
}

void add_functions(Checks& checks, const DoctorFacts& facts) {
  Checks found;
  for (const DoctorGpu& gpu : facts.gpus) {
    std::vector<std::string> addresses;
    std::vector<std::string> described;
    for (const PciFunction* sibling : siblings(gpu, facts.pci)) {
      addresses.push_back(sibling->address.to_string());
      described.push_back(addresses.back() + " (" + kind_of(*sibling) + ")");
    }
    if (addresses.empty()) continue;
    found.push_back(
        {"gpu_functions", CheckStatus::warning,
         fmt::format("{} shares its device with {}. Functions of one device can reach each other "
                     "past the IOMMU, and drivers in the guest may want them all.",
                     describe(gpu), list_of(described)),
         fmt::format("List {} under pci in the VM file, beside {}.", list_of(addresses),
                     gpu.function.address.to_string())});
  }
  add_or_ok(checks, std::move(found), "gpu_functions", "Every GPU is alone on its device.");
}

/// Xen refuses a device of such a region even where all of them go to one guest, unless the policy
/// is relaxed (intel_iommu_assign_device of xen/drivers/passthrough/vtd/iommu.c).
Check shared_region(const DoctorGpu& gpu, const FirmwareRegion& region) {
  std::vector<std::string> others;
  for (const PciAddress& address : region.devices)
    if (address != gpu.function.address) others.push_back(address.to_string());
  const std::string all = list_of(others);
  return {"shared_memory_regions", CheckStatus::warning,
          fmt::format("{} shares the reserved memory {:#x} to {:#x} with {}, so Xen does not pass "
                      "it under the usual policy.",
                      describe(gpu), region.start, region.end, all),
          fmt::format("Pass {} to the same VM as {}, each with `rdm_policy: relaxed`. Without the "
                      "others that policy is dangerous: guest and host then write to the same "
                      "memory, and each can harm the other through it.",
                      all, gpu.function.address.to_string())};
}

void add_shared_regions(Checks& checks, const DoctorFacts& facts) {
  Checks found;
  for (const DoctorGpu& gpu : facts.gpus)
    for (const FirmwareRegion& region : facts.reserved_regions)
      if (region.devices.size() > 1 &&
          std::ranges::find(region.devices, gpu.function.address) != region.devices.end())
        found.push_back(shared_region(gpu, region));
  add_or_ok(checks, std::move(found), "shared_memory_regions",
            "No GPU shares reserved memory with another device.");
}

}  // namespace

void add_gpu_neighbour_checks(Checks& checks, const DoctorFacts& facts) {
  add_reset(checks, facts);
  add_functions(checks, facts);
  add_shared_regions(checks, facts);
}

}  // namespace xenlaunch
