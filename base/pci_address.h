#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xenlaunch {

/// A host PCI function, in Xen's SBDF order.
struct PciAddress {
  /// Linux says "PCI domain"; 0 on most hosts. Xen knows those up to ffff, and Linux counts the
  /// ones behind Intel's VMD from 10000 on (vmd_find_free_domain of drivers/pci/controller/vmd.c).
  std::uint32_t segment{};
  std::uint8_t bus{};
  std::uint8_t device{};    ///< 0..31
  std::uint8_t function{};  ///< 0..7

  /// Accepts "SSSS:BB:DD.F" or "BB:DD.F" (segment 0), hex digits only, and a segment of up to eight
  /// digits where four are too few; nullopt for anything else.
  static std::optional<PciAddress> parse(std::string_view text);

  std::string to_string() const;  ///< "0000:65:00.0", the spelling of sysfs and of QEMU's hostaddr

  static constexpr std::uint32_t last_segment_of_xen = 0xffff;
  /// segment << 16 | bus << 8 | device << 3 | function, as the xc_* device calls take it; of a
  /// segment that Xen knows.
  std::uint32_t sbdf() const;

  bool same_bus(const PciAddress& other) const {
    return segment == other.segment && bus == other.bus;
  }
  bool same_device(const PciAddress& other) const {
    return same_bus(other) && device == other.device;
  }

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
