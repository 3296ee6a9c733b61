#include "launcher/checks/device_facts.h"

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "launcher/boot/host_boot.h"
#include "launcher/checks/dmar.h"
#include "launcher/checks/xen_boot_messages.h"
#include "launcher/gpu/gpu_facts.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

void read_gpus(DeviceFacts& facts, const fs::path& root, const HostSettings& settings,
               XenHost* xen) {
  const bool any_gpu = std::ranges::any_of(facts.pci.functions, is_physical_gpu);
  if (!any_gpu && facts.pci.pciback_loaded) return;
  HostPrograms programs;
  const HostBoot boot = read_host_boot(root, settings, xen, programs);
  facts.garbled_hide = boot.garbled_hide;
  if (!any_gpu) return;
  facts.gpus = list_gpus(read_gpu_facts(root, facts.pci, boot, settings));
  facts.boot_notes = boot.notes;
  if (xen != nullptr && std::ranges::any_of(facts.gpus, &Gpu::integrated))
    facts.igd_left_off =
        igd_left_off(report_iommu(xen->messages(), xen->command_line()).complaints);
  try {
    facts.reserved_regions = read_reserved_regions(root);
  } catch (const Error&) {  // a broken table is the doctor's to tell
  }
}

}  // namespace

DeviceFacts read_device_facts(const fs::path& root, const HostPci& pci,
                              const HostSettings& settings, XenHost* xen) {
  DeviceFacts facts{.pci = pci, .integrated_vendors = settings.integrated_vendors};
  if (xen != nullptr) facts.xen = xen->info();
  read_gpus(facts, root, settings, xen);
  return facts;
}

std::vector<FirmwareRegion> read_reserved_regions(const fs::path& root) {
  const fs::path tables = root / "sys/firmware/acpi/tables";
  const auto secondary_bus = [&root](const PciAddress& bridge) -> std::optional<std::uint8_t> {
    const auto bus = read_if_readable(root / "sys/bus/pci/devices" / bridge.to_string() /
                                      "secondary_bus_number");
    unsigned number = 0;
    if (!bus || !(std::istringstream{*bus} >> number) || number > 0xff) return std::nullopt;
    return static_cast<std::uint8_t>(number);
  };
  std::optional<std::string> dmar = read_if_readable(tables / "DMAR");
  if (!dmar) dmar = read_if_readable(tables / "RMAD");
  return dmar ? reserved_regions(parse_dmar(*dmar), secondary_bus) : std::vector<FirmwareRegion>{};
}

std::string igd_left_off(const std::vector<std::string>& iommu_complaints) {
  // iommu_enable_translation of Xen's vtd/iommu.c
  for (const std::string& line : iommu_complaints)
    if (line.find("disabling IGD VT-d engine") != std::string::npos) return line;
  return {};
}

}  // namespace xenlaunch
