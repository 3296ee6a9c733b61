// The firmware's tables DMAR and IVRS.
#include "launcher/checks/dmar.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  is_refused([&] { check_ivrs(input); });
  is_refused([&] {
    const DmarTable table = parse_dmar(input);
    for (const std::string& problem : table.problems) require_clean(problem);
    const auto bus_behind = [](const PciAddress& bridge) -> std::optional<std::uint8_t> {
      if (bridge.function != 0) return std::nullopt;
      return static_cast<std::uint8_t>(bridge.bus + bridge.device);
    };
    const auto regions = reserved_regions(
        table, bus_behind, [](const PciAddress& address) { return address.function < 4; });
    require(regions.size() == table.reserved.size(), "each region is told of");
    for (const FirmwareRegion& region : regions) {
      require(region.start <= region.end, "a region ends behind its beginning");
      require(region.devices.size() <= region.scopes, "a region has no more devices than scopes");
    }
  });
}

const Registration registration{"acpi", run};

}  // namespace
}  // namespace xenlaunch::fuzz
