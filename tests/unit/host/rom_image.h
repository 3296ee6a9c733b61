// Expansion ROMs put together for tests.
#pragma once

#include <cstdint>
#include <string>

#include "base/pci_address.h"

namespace xenlaunch::test {

struct RomParts {
  std::size_t size = 512;  ///< a multiple of 512
  std::uint8_t code_type = 0;
  bool is_last = true;
  PciId id{.vendor = 0x8086, .device = 0x0412};
  std::uint16_t data_at = 0x40;
};

inline void put_word(std::string& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<char>(value & 0xff);
  bytes[at + 1] = static_cast<char>(value >> 8 & 0xff);
}

/// One image (PCI Firmware Specification 3.0, 5.1).
inline std::string rom_image(const RomParts& parts) {
  std::string image(parts.size, '\x5a');
  image.replace(0, 2, "\x55\xaa");
  put_word(image, 0x18, parts.data_at);
  image.replace(parts.data_at, 4, "PCIR");
  put_word(image, parts.data_at + 4u, parts.id.vendor);
  put_word(image, parts.data_at + 6u, parts.id.device);
  put_word(image, parts.data_at + 0x10u, parts.size / 512);
  image[parts.data_at + 0x14u] = static_cast<char>(parts.code_type);
  image[parts.data_at + 0x15u] = static_cast<char>(parts.is_last ? 0x80 : 0);
  return image;
}

}  // namespace xenlaunch::test
