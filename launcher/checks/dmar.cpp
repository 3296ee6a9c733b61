#include "launcher/checks/dmar.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

// Sizes in bytes, and the offsets below, as the ACPI and the VT-d specification have them.
constexpr std::size_t acpi_header = 36;
constexpr std::size_t dmar_header = 48;
constexpr std::size_t ivrs_header = 48;
constexpr std::size_t structure_header = 4;
constexpr std::size_t drhd_header = 16;
constexpr std::size_t rmrr_header = 24;
constexpr std::size_t scope_header = 6;

/// The bytes of one table; its errors name it.
class Table {
 public:
  Table(std::string name, std::string_view bytes) : name_{std::move(name)}, bytes_{bytes} {}

  std::size_t size() const { return bytes_.size(); }
  std::string_view bytes() const { return bytes_; }

  /// A little-endian number; the bytes have to be there.
  template <typename Number>
  Number number(std::size_t at) const {
    if (at > size() || sizeof(Number) > size() - at) fail(fmt::format("it ends at {}", size()));
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return static_cast<Number>(value);
  }

  /// Cuts the bytes to the table's own length.
  void cut(std::size_t least) {
    const std::size_t length = number<std::uint32_t>(4);
    if (length < least || length > size())
      fail(fmt::format("its length is {}, of at least {} and at most {}", length, least, size()));
    bytes_ = bytes_.substr(0, length);
  }

  bool checksum_is_right() const {
    unsigned sum = 0;
    for (const char byte : bytes_) sum += static_cast<unsigned char>(byte);
    return sum % 256 == 0;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error{ExitCode::host, fmt::format("cannot read the ACPI table {}: {}", name_, reason)};
  }

 private:
  std::string name_;
  std::string_view bytes_;
};

/// The scope at `at`, which ends at `end`.
DeviceScope parse_scope(const Table& table, std::size_t at, std::size_t end) {
  DeviceScope scope{.bridge = table.number<std::uint8_t>(at) == 2,
                    .start_bus = table.number<std::uint8_t>(at + 5)};
  for (at += scope_header; at < end; at += 2) {
    const auto device = table.number<std::uint8_t>(at);
    const auto function = table.number<std::uint8_t>(at + 1);
    if (device > 31 || function > 7)
      table.fail(fmt::format("byte {} names the device {:02x}.{:x}", at, device, function));
    scope.path.emplace_back(device, function);
  }
  return scope;
}

std::vector<DeviceScope> parse_scopes(const Table& table, std::size_t at, std::size_t end) {
  std::vector<DeviceScope> scopes;
  while (at < end) {
    const std::size_t left = end - at;
    const std::size_t length = left < scope_header ? 0 : table.number<std::uint8_t>(at + 1);
    if (length < scope_header + 2 || length % 2 != 0 || length > left)
      table.fail(fmt::format("the device scope at byte {} has the length {}, with {} left", at,
                             length, left));
    const auto type = table.number<std::uint8_t>(at);
    if (type == 1 || type == 2) scopes.push_back(parse_scope(table, at, at + length));
    at += length;
  }
  return scopes;
}

ReservedMemory parse_reserved(const Table& table, std::size_t at, std::size_t length) {
  ReservedMemory memory{.segment = table.number<std::uint16_t>(at + 6),
                        .base = table.number<std::uint64_t>(at + 8),
                        .limit = table.number<std::uint64_t>(at + 16),
                        .scopes = parse_scopes(table, at + rmrr_header, at + length)};
  if (memory.limit < memory.base)
    table.fail(fmt::format("the reserved memory at byte {} runs from {:#x} to {:#x}", at,
                           memory.base, memory.limit));
  return memory;
}

/// The structure at `at`. Of the types that matter (0: DRHD, 1: RMRR) it has to hold the fixed
/// part.
void parse_structure(DmarTable& result, const Table& table, std::size_t at, std::size_t length) {
  const auto type = table.number<std::uint16_t>(at);
  const std::size_t least = type == 0 ? drhd_header : type == 1 ? rmrr_header : structure_header;
  if (length < least || length > table.size() - at)
    table.fail(fmt::format("the structure at byte {} (type {}) has the length {}, with {} left", at,
                           type, length, table.size() - at));
  if (type == 0) ++result.remapping_units;
  if (type == 1) result.reserved.push_back(parse_reserved(table, at, length));
}

std::optional<PciAddress> resolve(const DeviceScope& scope, std::uint16_t segment,
                                  const SecondaryBus& secondary_bus) {
  std::optional<PciAddress> address;
  std::uint8_t bus = scope.start_bus;
  for (const auto& [device, function] : scope.path) {
    if (address) {
      const std::optional<std::uint8_t> next = secondary_bus(*address);
      if (!next) return std::nullopt;
      bus = *next;
    }
    address = PciAddress{segment, bus, device, function};
  }
  return address;
}

}  // namespace

DmarTable parse_dmar(std::string_view bytes) {
  Table table{"DMAR", bytes};
  const std::string_view signature = bytes.substr(0, 4);
  if (signature != "DMAR" && signature != "RMAD")
    table.fail(fmt::format("its signature is '{}'", excerpt(signature)));
  table.cut(dmar_header);
  DmarTable result{.checksum_is_right = table.checksum_is_right(),
                   .interrupt_remapping = (table.number<std::uint8_t>(acpi_header + 1) & 1) != 0};
  for (std::size_t at = dmar_header; at < table.size();) {
    std::size_t length = 0;
    try {
      length = table.number<std::uint16_t>(at + 2);
      parse_structure(result, table, at, length);
    } catch (const Error& error) {
      result.problems.emplace_back(error.what());
      if (length < structure_header || length > table.size() - at) break;
    }
    at += length;
  }
  return result;
}

std::vector<FirmwareRegion> reserved_regions(const DmarTable& table,
                                             const SecondaryBus& secondary_bus,
                                             const IsThere& is_there) {
  std::vector<FirmwareRegion> regions;
  for (const ReservedMemory& memory : table.reserved) {
    FirmwareRegion region{
        .start = memory.base, .end = memory.limit, .scopes = memory.scopes.size()};
    for (const DeviceScope& scope : memory.scopes)
      if (const auto address = resolve(scope, memory.segment, secondary_bus);
          address && is_there(*address))
        region.devices.push_back(*address);
    std::ranges::sort(region.devices);
    region.devices.erase(std::unique(region.devices.begin(), region.devices.end()),
                         region.devices.end());
    regions.push_back(std::move(region));
  }
  return regions;
}

void check_ivrs(std::string_view bytes) {
  Table table{"IVRS", bytes};
  const std::string_view signature = bytes.substr(0, 4);
  if (signature != "IVRS") table.fail(fmt::format("its signature is '{}'", excerpt(signature)));
  table.cut(ivrs_header);
  if (!table.checksum_is_right()) table.fail("its checksum is wrong");
}

}  // namespace xenlaunch
