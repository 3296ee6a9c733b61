#include "base/mac_address.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace xenlaunch {

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  constexpr std::size_t length = 17;
  MacAddress address;
  if (text.size() != length) return std::nullopt;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const char* digits = text.data() + i * 3;
    const auto [end, error] = std::from_chars(digits, digits + 2, address.bytes[i], 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
    if (i + 1 < address.bytes.size() && *end != ':') return std::nullopt;
  }
  return address;
}

std::string MacAddress::to_string() const {
  return fmt::format("{:02x}", fmt::join(bytes, ":"));
}

}  // namespace xenlaunch
