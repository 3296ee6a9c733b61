#include "launcher/gpu/gpu_facts.h"

#include "launcher/gpu/display_use.h"
#include "launcher/gpu/firmware_framebuffer.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/vga_arbiter.h"

namespace xenlaunch {

namespace {

std::vector<GpuMemory> memory_of_gpus(const HostPci& pci) {
  std::vector<GpuMemory> gpus;
  for (const PciFunction& function : pci.functions)
    if (is_physical_gpu(function))
      gpus.push_back({function.address, {function.resources.begin(), function.resources.end()}});
  return gpus;
}

}  // namespace

BootState host_display(const std::filesystem::path& root, const HostBoot& boot) {
  const auto framebuffers = read_firmware_framebuffers(root, memory_of_gpus(read_host_gpus(root)),
                                                       system_display_device(root));
  return display(boot.running, boot.next, framebuffer_driver(framebuffers));
}

GpuFacts read_gpu_facts(const std::filesystem::path& root, const HostPci& pci, const HostBoot& boot,
                        const HostSettings& settings) {
  std::vector<PciFunction> users;
  for (const PciFunction& function : pci.functions)
    if (is_physical_gpu(function) || function.is_sound_device()) users.push_back(function);
  const std::optional<PciAddress> system_display = system_display_device(root);
  return {.pci = pci,
          .system_display_device = system_display,
          .running = boot.running,
          .next = boot.next,
          .display_use = read_display_use(root, users),
          .firmware_framebuffers =
              read_firmware_framebuffers(root, memory_of_gpus(pci), system_display),
          .integrated_vendors = settings.integrated_vendors,
          .system_display_vendors = settings.system_display_vendors};
}

}  // namespace xenlaunch
