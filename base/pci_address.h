#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xenlaunch {

/// A host PCI function, in Xen's SBDF order.
struct PciAddress {
  std::uint16_t segment{};  ///< Linux says "PCI domain"; 0 on most hosts.
  std::uint8_t bus{};
  std::uint8_t device{};    ///< 0..31
  std::uint8_t function{};  ///< 0..7

  /// Accepts "SSSS:BB:DD.F" or "BB:DD.F" (segment 0), hex digits only; nullopt for anything else.
  static std::optional<PciAddress> parse(std::string_view text);

  std::string to_string() const;  ///< "0000:65:00.0", the spelling of sysfs and of QEMU's hostaddr

  /// segment << 16 | bus << 8 | device << 3 | function, as the xc_* device calls take it.
  std::uint32_t sbdf() const;

  friend auto operator<=>(const PciAddress&, const PciAddress&) = default;
};

/// Vendor and device id of a PCI function.
struct PciId {
  std::uint16_t vendor{};
  std::uint16_t device{};

  /// Accepts "VVVV:DDDD", four hex digits each; nullopt for anything else.
  static std::optional<PciId> parse(std::string_view text);

  std::string to_string() const;  ///< "8086:0412"

  friend auto operator<=>(const PciId&, const PciId&) = default;
};

}  // namespace xenlaunch
