#include "launcher/host/route_table.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

using Words = std::vector<std::string>;
using Bytes = std::vector<std::uint8_t>;

constexpr unsigned long rtf_up = 0x1;
constexpr unsigned long rtf_reject = 0x200;  // include/uapi/linux/route.h

std::optional<unsigned long> number(std::string_view text, int base) {
  unsigned long value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool leads_somewhere(const std::string& flags) {
  const unsigned long value = number(flags, 16).value_or(0);
  return (value & rtf_up) != 0 && (value & rtf_reject) == 0;
}

/// Iface Destination Gateway Flags RefCnt Use Metric Mask …, addresses as numbers of this
/// processor's order.
std::optional<Route> ipv4_route(const Words& row) {
  if (row.size() < 8 || !leads_somewhere(row[3])) return std::nullopt;
  const std::optional<unsigned long> to = number(row[1], 16);
  const std::optional<unsigned long> mask = number(row[7], 16);
  if (!to || !mask) return std::nullopt;
  const auto address = static_cast<std::uint32_t>(*to);
  Bytes bytes(sizeof address);
  std::memcpy(bytes.data(), &address, sizeof address);
  return Route{.destination = bytes,
               .prefix = static_cast<unsigned>(std::popcount(*mask)),
               .metric = number(row[6], 10).value_or(0),
               .interface = row[0]};
}

/// Destination, its prefix, source, its prefix, next hop, metric, two counts, flags, interface.
std::optional<Route> ipv6_route_of(const Words& row) {
  constexpr std::size_t digits = 32;
  if (row.size() < 10 || row[0].size() != digits || !leads_somewhere(row[8])) return std::nullopt;
  Bytes bytes;
  for (std::size_t at = 0; at < digits; at += 2) {
    const std::optional<unsigned long> byte = number(std::string_view{row[0]}.substr(at, 2), 16);
    if (!byte) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*byte));
  }
  return Route{.destination = bytes,
               .prefix = static_cast<unsigned>(number(row[1], 16).value_or(0)),
               .metric = number(row[5], 16).value_or(0),
               .interface = row[9]};
}

Bytes bytes_of(const std::string& address) {
  Bytes bytes(16);
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(4);
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

bool leads_to(const Route& route, const Bytes& address) {
  if (route.destination.size() != address.size() || route.prefix > address.size() * 8) return false;
  for (unsigned bit = 0; bit < route.prefix; ++bit)
    if (((route.destination[bit / 8] ^ address[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

}  // namespace

std::vector<Route> parse_routes(std::string_view route, std::string_view ipv6_route) {
  std::vector<Route> routes;
  for (const Words& row : rows_of(route))
    if (std::optional<Route> one = ipv4_route(row)) routes.push_back(std::move(*one));
  for (const Words& row : rows_of(ipv6_route))
    if (std::optional<Route> one = ipv6_route_of(row)) routes.push_back(std::move(*one));
  return routes;
}

std::vector<std::string> default_route_interfaces(const std::vector<Route>& routes) {
  const auto is_default = [](const Route& route) {
    return route.prefix == 0 && route.interface != "lo";
  };
  // By each of the two protocols; a route with a higher metric is only there to spare.
  std::map<std::size_t, unsigned long> lowest;
  for (const Route& route : routes) {
    if (!is_default(route)) continue;
    unsigned long& metric = lowest.emplace(route.destination.size(), route.metric).first->second;
    metric = std::min(metric, route.metric);
  }
  std::set<std::string> told;
  std::vector<std::string> names;
  for (const Route& route : routes)
    if (is_default(route) && route.metric == lowest.at(route.destination.size()) &&
        told.insert(route.interface).second)
      names.push_back(route.interface);
  return names;
}

std::string interface_to(const std::string& address, const std::vector<Route>& routes) {
  const Bytes bytes = bytes_of(address);
  const Route* best = nullptr;
  for (const Route& route : routes)
    if (!bytes.empty() && leads_to(route, bytes) &&
        (best == nullptr || route.prefix > best->prefix ||
         (route.prefix == best->prefix && route.metric < best->metric)))
      best = &route;
  return best == nullptr ? "" : best->interface;
}

}  // namespace xenlaunch
