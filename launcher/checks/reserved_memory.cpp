#include "launcher/checks/reserved_memory.h"

#include <cstdint>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "launcher/checks/dmar.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {

ReservedMemoryReport read_reserved_memory(const std::filesystem::path& root) {
  const std::filesystem::path tables = root / "sys/firmware/acpi/tables";
  const std::filesystem::path devices = root / "sys/bus/pci/devices";
  const auto secondary_bus = [&devices](const PciAddress& bridge) -> std::optional<std::uint8_t> {
    const auto bus = read_if_readable(devices / bridge.to_string() / "secondary_bus_number");
    unsigned number = 0;
    if (!bus || !(std::istringstream{*bus} >> number) || number > 0xff) return std::nullopt;
    return static_cast<std::uint8_t>(number);
  };
  const auto is_there = [&devices](const PciAddress& address) {
    return is_present(devices / address.to_string());
  };
  std::optional<std::string> dmar = read_if_readable(tables / "DMAR");
  if (!dmar) dmar = read_if_readable(tables / "RMAD");
  if (!dmar) return {};
  try {
    const DmarTable table = parse_dmar(*dmar);
    return {reserved_regions(table, secondary_bus, is_there), table.problems};
  } catch (const Error& error) {
    return {{}, {error.what()}};
  }
}

}  // namespace xenlaunch
