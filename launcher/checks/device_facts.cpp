#include "launcher/checks/device_facts.h"

#include <algorithm>

#include "launcher/boot/host_boot.h"
#include "launcher/checks/reserved_memory.h"
#include "launcher/checks/xen_boot_messages.h"
#include "launcher/gpu/gpu_facts.h"
#include "launcher/host/pci_rom.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

bool is_used_by_people(const PciFunction& function) {
  return is_physical_gpu(function) || function.is_sound_device();
}

/// `xen` is null where only the command line is known.
std::string left_off(const BootLines& running, XenHost* xen) {
  const std::string command_line = running.xen.value_or("");
  const std::string word = igfx_off_word(command_line);
  if (!word.empty() || xen == nullptr) return word;
  return igd_left_off(report_iommu(xen->messages(), command_line).complaints);
}

void read_boot_and_gpus(DeviceFacts& facts, const fs::path& root, const HostSettings& settings,
                        XenHost* xen) {
  HostPrograms programs;
  const HostBoot boot = read_host_boot(root, settings, xen, programs);
  GpuFacts gpu_facts = read_gpu_facts(root, facts.pci, boot, settings);
  facts.gpus = list_gpus(gpu_facts);
  facts.system_display_device = gpu_facts.system_display_device;
  facts.display_use = std::move(gpu_facts.display_use);
  facts.boot_notes = boot.notes;
  facts.next_boot_without_xen = boot.no_xen;
  facts.garbled_hide = boot.garbled_hide;
  facts.iommu_off_word = iommu_off_word(boot.running.xen.value_or(""));
  const auto igd = std::ranges::find_if(facts.gpus, &Gpu::integrated);
  if (igd == facts.gpus.end()) return;
  facts.igd_left_off = left_off(boot.running, facts.xen ? xen : nullptr);
  if (igd->function.address == igd_address) facts.igd_has_video_bios = has_rom(root, igd->function);
}

/// All that comes from dom0's files and from Xen's command line; `facts` has the rest.
void read_dom0(DeviceFacts& facts, const fs::path& root, const HostSettings& settings,
               XenHost* xen) {
  if (!facts.pci.pciback_loaded || std::ranges::any_of(facts.pci.functions, is_used_by_people))
    read_boot_and_gpus(facts, root, settings, xen);
  else if (root != "/")
    facts.iommu_off_word = iommu_off_word(read_running(root, xen).xen.value_or(""));
  ReservedMemoryReport reserved = read_reserved_memory(root);
  facts.reserved_regions = std::move(reserved.regions);
  facts.table_problems = std::move(reserved.problems);
}

}  // namespace

DeviceFacts read_device_facts(const fs::path& root, const HostPci& pci,
                              const HostSettings& settings, XenHost* xen) {
  DeviceFacts facts{.pci = pci, .integrated_vendors = settings.integrated_vendors};
  if (xen != nullptr) facts.xen = xen->info();
  if (!pci.functions.empty()) read_dom0(facts, root, settings, xen);
  return facts;
}

DeviceFacts read_device_facts_of_dom0(const fs::path& root, const HostPci& pci,
                                      const HostSettings& settings, XenHost* xen) {
  DeviceFacts facts{.pci = pci, .integrated_vendors = settings.integrated_vendors};
  read_dom0(facts, root, settings, xen);
  return facts;
}

std::string igd_left_off(const std::vector<std::string>& iommu_complaints) {
  // iommu_enable_translation of Xen's vtd/iommu.c; "Disabling" up to 4.14
  for (const std::string& line : iommu_complaints)
    if (line.find("isabling IGD VT-d engine") != std::string::npos) return line;
  return {};
}

}  // namespace xenlaunch
