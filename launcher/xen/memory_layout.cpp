#include "launcher/xen/memory_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace xenlaunch {
namespace {

constexpr std::uint64_t four_gib = std::uint64_t{1} << 32;
constexpr std::uint64_t first_mib = std::uint64_t{1} << 20;
constexpr std::uint64_t two_mib = std::uint64_t{2} << 20;
/// LIBXL_RDM_MEM_BOUNDARY_MEMKB_DEFAULT
constexpr std::uint64_t rdm_boundary = std::uint64_t{2} << 30;

bool overlap(std::uint64_t start, std::uint64_t end, const ReservedRegion& region) {
  return start < region.start + region.size && region.start < end;
}

bool covers_ram(const MemoryLayout& layout, const ReservedRegion& region) {
  return overlap(0, layout.lowmem_end, region) ||
         (layout.highmem_end != 0 && overlap(four_gib, layout.highmem_end, region));
}

void cut_lowmem_below(MemoryLayout& layout, const ReservedRegion& region) {
  if (region.start < rdm_boundary || !overlap(0, layout.lowmem_end, region)) return;
  const std::uint64_t end = region.start & ~(two_mib - 1);  // large pages up to the cut
  layout.highmem_end = std::max(layout.highmem_end, four_gib) + (layout.lowmem_end - end);
  layout.lowmem_end = end;
}

}  // namespace

MemoryLayout lay_out_memory(std::uint64_t ram, std::uint64_t mmio_hole,
                            const std::vector<ReservedRegion>& reserved) {
  MemoryLayout layout{
      .lowmem_end = ram, .mmio_start = four_gib - mmio_hole, .mmio_size = mmio_hole};
  if (layout.lowmem_end > layout.mmio_start) {
    layout.highmem_end = four_gib + (layout.lowmem_end - layout.mmio_start);
    layout.lowmem_end = layout.mmio_start;
  }
  for (const ReservedRegion& region : reserved) cut_lowmem_below(layout, region);

  layout.map.push_back({MemoryRange::Kind::ram, first_mib, layout.lowmem_end - first_mib});
  for (const ReservedRegion& region : reserved) {
    const MemoryRange range{MemoryRange::Kind::reserved, region.start, region.size};
    if (std::find(layout.map.begin(), layout.map.end(), range) != layout.map.end()) continue;
    if (!covers_ram(layout, region)) {
      layout.map.push_back(range);
      continue;
    }
    const std::string conflict = fmt::format(
        "the memory that the firmware reserves for {} ({:#x}, {} KiB) lies where the guest has its "
        "RAM",
        region.device.to_string(), region.start, region.size >> 10);
    if (region.policy == RdmPolicy::strict)
      throw Error{ExitCode::xen, "cannot lay out the guest's memory: " + conflict +
                                     "; rdm_policy: relaxed passes the device without that memory"};
    layout.warnings.push_back(conflict + "; the guest will not see it (rdm_policy: relaxed)");
  }
  if (layout.highmem_end != 0)
    layout.map.push_back({MemoryRange::Kind::ram, four_gib, layout.highmem_end - four_gib});
  std::sort(layout.map.begin(), layout.map.end(),
            [](const MemoryRange& a, const MemoryRange& b) { return a.start < b.start; });
  return layout;
}

}  // namespace xenlaunch
