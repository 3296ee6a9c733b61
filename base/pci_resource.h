#pragma once

#include <cstdint>

namespace xenlaunch {

/// One BAR or the expansion ROM, as a line of sysfs `resource` has it.
struct PciResource {
  std::uint64_t start{};
  std::uint64_t size{};   ///< bytes; 0 where the function has no such BAR
  std::uint64_t flags{};  ///< IORESOURCE_*, include/linux/ioport.h
  bool is_io() const { return (flags & 0x100) != 0; }
  bool is_memory() const { return (flags & 0x200) != 0; }
  bool is_64bit() const { return (flags & 0x100000) != 0; }
  friend bool operator==(const PciResource&, const PciResource&) = default;
};

}  // namespace xenlaunch
