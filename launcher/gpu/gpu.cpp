#include "launcher/gpu/gpu.h"

#include <algorithm>

namespace xenlaunch {
namespace {

Gpu describe(const PciFunction& function, const GpuFacts& facts) {
  const auto use = facts.display_use.find(function.address);
  return {.function = function,
          .integrated = is_integrated_gpu(function, facts.integrated_vendors),
          .is_system_display_device = facts.system_display_device == function.address,
          .vendor_is_listed = std::ranges::find(facts.system_display_vendors, function.id.vendor) !=
                              facts.system_display_vendors.end(),
          .dom0_access = dom0_access(facts.running, facts.next, function.address),
          .host_display = display(facts.running, facts.next),
          .display_use = use == facts.display_use.end() ? DisplayUse{} : use->second};
}

}  // namespace

std::vector<PciFunction> functions_of(const std::vector<Gpu>& gpus) {
  std::vector<PciFunction> functions;
  for (const Gpu& gpu : gpus) functions.push_back(gpu.function);
  return functions;
}

bool is_physical_gpu(const PciFunction& function) {
  return function.is_display_controller() && !function.is_virtual_function;
}

std::vector<Gpu> list_gpus(const GpuFacts& facts) {
  std::vector<Gpu> gpus;
  for (const PciFunction& function : facts.pci.functions)
    if (is_physical_gpu(function)) gpus.push_back(describe(function, facts));
  return gpus;
}

}  // namespace xenlaunch
