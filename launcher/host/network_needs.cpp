#include "launcher/host/network_needs.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace xenlaunch {
namespace {

constexpr unsigned long rtf_up = 0x1;
constexpr unsigned long rtf_reject = 0x200;  // include/uapi/linux/route.h

std::vector<std::vector<std::string>> table(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines{std::string{text}};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    rows.emplace_back(std::istream_iterator<std::string>{words},
                      std::istream_iterator<std::string>{});
  }
  return rows;
}

bool leads_somewhere(const std::string& hex_flags) {
  std::istringstream text{hex_flags};
  unsigned long flags = 0;
  text >> std::hex >> flags;
  return (flags & rtf_up) != 0 && (flags & rtf_reject) == 0;
}

}  // namespace

std::vector<std::string> default_route_interfaces(std::string_view route,
                                                  std::string_view ipv6_route) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (name != "lo" && std::ranges::count(names, name) == 0) names.push_back(name);
  };
  // Iface Destination Gateway Flags RefCnt Use Metric Mask …
  for (const std::vector<std::string>& row : table(route))
    if (row.size() >= 8 && row[1] == "00000000" && row[7] == "00000000" && leads_somewhere(row[3]))
      add(row[0]);
  // Destination, its prefix, source, its prefix, next hop, metric, two counts, flags, interface
  for (const std::vector<std::string>& row : table(ipv6_route))
    if (row.size() >= 10 && row[0] == std::string(32, '0') && row[1] == "00" &&
        leads_somewhere(row[8]))
      add(row[9]);
  return names;
}

std::string server_of(std::string_view ssh_connection) {
  std::istringstream words{std::string{ssh_connection}};
  const std::vector<std::string> all{std::istream_iterator<std::string>{words}, {}};
  if (all.size() != 4) return "";
  std::string address = all[2].substr(0, all[2].find('%'));
  const std::string mapped = "::ffff:";
  if (address.starts_with(mapped) && address.find('.') != std::string::npos)
    address.erase(0, mapped.size());
  return address;
}

std::vector<Dom0Need> network_needs(const std::string& bdf, const std::vector<DeviceNode>& nodes,
                                    const NetworkUsers& users) {
  std::vector<Dom0Need> needs;
  const auto add = [&needs](Dom0NeedKind kind, std::vector<std::string> chain,
                            const std::string& end) {
    chain.push_back(end);
    needs.push_back({kind, std::move(chain)});
  };
  for (const Reached& reached : reached_from(bdf, nodes)) {
    if (std::ranges::count(users.default_routes, reached.name) > 0)
      add(Dom0NeedKind::default_route, reached.chain, "default route");
    for (const SshSession& session : users.ssh)
      if (session.interface == reached.name)
        add(Dom0NeedKind::ssh_session, reached.chain, session.address);
  }
  return needs;
}

}  // namespace xenlaunch
