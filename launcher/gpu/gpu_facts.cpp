#include "launcher/gpu/gpu_facts.h"

#include "launcher/gpu/display_use.h"
#include "launcher/host/vga_arbiter.h"

namespace xenlaunch {

GpuFacts read_gpu_facts(const std::filesystem::path& root, const HostPci& pci, const HostBoot& boot,
                        const HostSettings& settings) {
  std::vector<PciAddress> gpus;
  for (const PciFunction& function : pci.functions)
    if (is_physical_gpu(function)) gpus.push_back(function.address);
  return {.pci = pci,
          .system_display_device = system_display_device(root),
          .running = boot.running,
          .next = boot.next,
          .display_use = read_display_use(root, gpus),
          .integrated_vendors = settings.integrated_vendors,
          .system_display_vendors = settings.system_display_vendors};
}

}  // namespace xenlaunch
