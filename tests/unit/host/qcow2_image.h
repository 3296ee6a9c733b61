#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace xenlaunch::test {

inline void put(std::string& bytes, std::size_t at, std::uint64_t number, std::size_t size) {
  if (bytes.size() < at + size) bytes.resize(at + size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[at + i] = static_cast<char>(number >> (8 * (size - 1 - i)) & 0xff);
}

/// The header of an image of version 3, with a data file's name and the backing file's format where
/// there is one.
inline std::string qcow2_image(const std::string& backing, const std::string& data = {},
                               const std::string& format = "raw") {
  std::string bytes{"QFI\xfb"};
  put(bytes, 4, 3, 4);
  put(bytes, 8, backing.empty() ? 0 : 512, 8);
  put(bytes, 16, backing.size(), 4);
  put(bytes, 100, 104, 4);
  std::size_t at = 104;
  put(bytes, at, 0x6803f857, 4);  // names of features
  put(bytes, at + 4, 3, 4);
  at += 8 + 8;
  const auto extend = [&](std::uint64_t type, const std::string& content) {
    if (content.empty()) return;
    put(bytes, at, type, 4);
    put(bytes, at + 4, content.size(), 4);
    bytes.resize(at + 8);
    bytes += content;
    at += 8 + (content.size() + 7) / 8 * 8;
  };
  extend(0x44415441, data);
  extend(0xe2792aca, backing.empty() ? "" : format);
  bytes.resize(512);
  put(bytes, at, 0, 8);
  return bytes + backing;
}

}  // namespace xenlaunch::test
