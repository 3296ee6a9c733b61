#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// A route of the main table that leads somewhere.
struct Route {
  std::vector<std::uint8_t> destination;  ///< 4 or 16 bytes, in the network's order
  unsigned prefix{};                      ///< how many bits of it count
  unsigned long metric{};
  std::string interface;
  friend bool operator==(const Route&, const Route&) = default;
};

/// Of /proc/net/route (fib_route_seq_show of Linux net/ipv4/fib_trie.c) and /proc/net/ipv6_route
/// (ipv6_route_native_seq_show of net/ipv6/ip6_fib.c).
std::vector<Route> parse_routes(std::string_view route, std::string_view ipv6_route);

/// The interfaces that a default route is in use over, each once.
std::vector<std::string> default_route_interfaces(const std::vector<Route>& routes);

/// The interface over which `address` ("192.0.2.7", "2001:db8::1") is reached; "" where there is
/// no route or `address` is none.
std::string interface_to(const std::string& address, const std::vector<Route>& routes);

}  // namespace xenlaunch
