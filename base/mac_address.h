#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xenlaunch {

/// The hardware address of a network card.
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};
  /// Six bytes of two hex digits each with ':' between them; nullopt for anything else.
  static std::optional<MacAddress> parse(std::string_view text);
  std::string to_string() const;  ///< in lower case: "00:16:3e:01:02:03"
  bool is_multicast() const { return (bytes[0] & 1) != 0; }
  bool is_zero() const { return *this == MacAddress{}; }
  friend auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

}  // namespace xenlaunch
