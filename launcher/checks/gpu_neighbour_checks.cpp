#include <fmt/format.h>

#include "launcher/checks/checks.h"

namespace xenlaunch {
namespace {

void add_reset(Checks& checks, const DoctorFacts& facts) {
  Checks found;
  for (const Gpu& gpu : facts.gpus) {
    const std::optional<std::string> why = why_no_reset(gpu.function, facts.pci);
    if (!why) continue;
    found.push_back(
        {"gpu_reset", CheckStatus::warning,
         fmt::format("{} cannot be reset: {}. A second start of a VM with it may fail.",
                     describe(gpu, facts), *why),
         "Shut the guest down properly rather than destroying it. If the card does not work at "
         "the next start, reboot the host."});
  }
  add_or_ok(checks, std::move(found), "gpu_reset", "Every GPU can be reset between two guests.");
}

void add_functions(Checks& checks, const DoctorFacts& facts) {
  Checks found;
  for (const Gpu& gpu : facts.gpus) {
    std::vector<std::string> addresses;
    std::vector<std::string> described;
    for (const PciFunction& sibling : siblings(gpu.function, facts.pci)) {
      addresses.push_back(sibling.address.to_string());
      described.push_back(with_kind(sibling));
    }
    if (addresses.empty()) continue;
    found.push_back(
        {"gpu_functions", CheckStatus::warning,
         fmt::format("{} shares its device with {}. Functions of one device can reach each other "
                     "past the IOMMU, and drivers in the guest may want them all.",
                     describe(gpu, facts), list_of(described)),
         fmt::format("List {} under pci in the VM file, beside {}.", list_of(addresses),
                     gpu.function.address.to_string())});
  }
  add_or_ok(checks, std::move(found), "gpu_functions", "Every GPU is alone on its device.");
}

/// Xen refuses a device of such a region even where all of them go to one guest, unless the policy
/// is relaxed (intel_iommu_assign_device of xen/drivers/passthrough/vtd/iommu.c).
Check shared_region(const Gpu& gpu, const FirmwareRegion& region, const DoctorFacts& facts) {
  const std::string all = list_of(sharers(gpu.function, region));
  return {"shared_memory_regions", CheckStatus::warning,
          fmt::format("{} shares the reserved memory {:#x} to {:#x} with {}, so Xen does not pass "
                      "it under the usual policy.",
                      describe(gpu, facts), region.start, region.end, all),
          fmt::format("Pass {} to the same VM as {}, each with `rdm_policy: relaxed`. Without the "
                      "others that policy is dangerous: guest and host then write to the same "
                      "memory, and each can harm the other through it.",
                      all, gpu.function.address.to_string())};
}

void add_shared_regions(Checks& checks, const DoctorFacts& facts) {
  Checks found;
  for (const Gpu& gpu : facts.gpus)
    for (const FirmwareRegion& region : shared_regions(gpu.function, facts.reserved_regions))
      found.push_back(shared_region(gpu, region, facts));
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
