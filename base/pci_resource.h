#pragma once

#include <cstdint>

namespace xenlaunch {

// The flags of a resource that are looked at: IORESOURCE_* of Linux's include/linux/ioport.h.
inline constexpr std::uint64_t resource_io = 0x100;
inline constexpr std::uint64_t resource_memory = 0x200;
inline constexpr std::uint64_t resource_memory_64bit = 0x100000;
/// Of a ROM: it is not the device's, but a copy in memory (IORESOURCE_ROM_SHADOW), as with the card
/// that the host has booted with.
inline constexpr std::uint64_t resource_rom_shadow = 0x2;

/// From the first to the last, both among them.
struct ResourceRange {
  std::uint64_t first{};
  std::uint64_t last{};
  std::uint64_t count() const { return last - first + 1; }
  bool holds(std::uint64_t from, std::uint64_t many) const {
    return first <= from && from <= last && many != 0 && many - 1 <= last - from;
  }
};

/// One BAR or the expansion ROM, as a line of sysfs `resource` has it.
struct PciResource {
  std::uint64_t start{};
  std::uint64_t size{};   ///< bytes; 0 where the function has no such BAR
  std::uint64_t flags{};  ///< resource_io, …
  bool is_io() const { return (flags & resource_io) != 0; }
  bool is_memory() const { return (flags & resource_memory) != 0; }
  bool is_64bit() const { return (flags & resource_memory_64bit) != 0; }
  /// Whether the function has it, and the firmware has given it a place.
  bool is_there() const { return start != 0 && size != 0; }
  /// The pages of 4 KiB that it touches, or the ports that it has; for one that is there.
  ResourceRange pages() const { return {start / 4096, (start + size - 1) / 4096}; }
  ResourceRange ports() const { return {start, start + size - 1}; }
  friend bool operator==(const PciResource&, const PciResource&) = default;
};

}  // namespace xenlaunch
