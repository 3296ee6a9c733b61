#include "launcher/gpu/gpu.h"

#include <algorithm>

namespace xenlaunch {
namespace {

/// What the map has of `address`.
template <typename Value>
std::optional<Value> value_of(const std::map<PciAddress, Value>& all, const PciAddress& address) {
  const auto found = all.find(address);
  return found == all.end() ? std::nullopt : std::optional{found->second};
}

Gpu describe(const PciFunction& function, const GpuFacts& facts) {
  return {.function = function,
          .integrated = is_integrated_gpu(function, facts.integrated_vendors),
          .is_system_display_device = facts.system_display_device == function.address,
          .vendor_is_listed = std::ranges::find(facts.system_display_vendors, function.id.vendor) !=
                              facts.system_display_vendors.end(),
          .dom0_access = dom0_access(facts.running, facts.next, function.address,
                                     function.driver == "pciback"),
          .host_display =
              display(facts.running, facts.next, framebuffer_driver(facts.firmware_framebuffers)),
          .display_use = value_of(facts.display_use, function.address).value_or(DisplayUse{}),
          .firmware_framebuffer = value_of(facts.firmware_framebuffers, function.address)};
}

}  // namespace

std::vector<PciFunction> functions_of(const std::vector<Gpu>& gpus) {
  std::vector<PciFunction> functions;
  for (const Gpu& gpu : gpus) functions.push_back(gpu.function);
  return functions;
}

std::vector<Gpu> list_gpus(const GpuFacts& facts) {
  std::vector<Gpu> gpus;
  for (const PciFunction& function : facts.pci.functions)
    if (is_physical_gpu(function)) gpus.push_back(describe(function, facts));
  return gpus;
}

}  // namespace xenlaunch
