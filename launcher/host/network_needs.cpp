#include "launcher/host/network_needs.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace xenlaunch {

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
  const std::vector<std::string> default_routes = default_route_interfaces(users.routes);
  for (const Reached& reached : reached_from(bdf, nodes)) {
    if (std::ranges::count(default_routes, reached.name) > 0)
      add(Dom0NeedKind::default_route, reached.chain, "default route");
    for (const SshSession& session : users.ssh)
      if (session.interface == reached.name)
        add(Dom0NeedKind::ssh_session, reached.chain, session.address);
  }
  return needs;
}

}  // namespace xenlaunch
