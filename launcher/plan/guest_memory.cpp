#include "launcher/plan/guest_memory.h"

#include "base/error.h"
#include "base/size.h"
#include "devicemodel/qemu_args.h"

namespace xenlaunch {
namespace {

constexpr std::uint64_t max_hole_mib = 2048;
/// Emulated card, xen-platform's window, IOAPIC, special pages.
constexpr std::uint64_t emulated_mib = 64;
constexpr std::uint64_t base_slack_kib = 1024;
/// iPXE's take a quarter of a MiB; those of other releases may be larger.
constexpr std::uint64_t boot_rom_kib = 512;

}  // namespace

std::uint64_t mmio_hole_mib(const std::vector<PlannedDevice>& devices,
                            std::optional<std::uint64_t> wanted_mib) {
  std::uint64_t needed = emulated_mib << 20;
  for (const PlannedDevice& device : devices) {
    for (const PciResource& resource : device.function.resources)
      if (resource.is_memory() && !resource.is_64bit()) needed += resource.size;
  }
  if (wanted_mib && *wanted_mib << 20 < needed)
    throw Error{ExitCode::vm_file,
                "cannot give the guest these devices together: their 32-bit "
                "BARs take " +
                    format_mib(needed >> 20) + " below 4 GiB, and platform.mmio_hole is " +
                    format_mib(*wanted_mib) + "; raise it or leave it out"};
  if (wanted_mib) return *wanted_mib;
  std::uint64_t hole = default_mmio_hole_mib;
  while (hole < max_hole_mib && hole << 20 < needed) hole *= 2;
  if (hole << 20 < needed)
    throw Error{ExitCode::host,
                "cannot give the guest these devices together: their 32-bit BARs take " +
                    format_mib(needed >> 20) + " below 4 GiB, where there is room for " +
                    format_mib(max_hole_mib) + "; pass fewer"};
  return hole;
}

std::uint64_t slack_kib(const std::vector<PlannedDevice>& devices,
                        const std::vector<EmulatedNic>& nics) {
  std::uint64_t slack = base_slack_kib;
  for (const EmulatedNic& nic : nics)
    if (nic.has_boot_rom) slack += boot_rom_kib;
  for (const PlannedDevice& device : devices)
    slack += device.function.resources[PciFunction::rom_resource].size >> 10;
  return slack;
}

}  // namespace xenlaunch
