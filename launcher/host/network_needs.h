#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/host/device_graph.h"
#include "launcher/host/dom0_need.h"
#include "launcher/host/route_table.h"

namespace xenlaunch {

/// The address of this host in SSH_CONNECTION ("CLIENT PORT SERVER PORT"), without a zone and
/// without IPv6's form for one of IPv4; "" where the text is no such thing.
std::string server_of(std::string_view ssh_connection);

/// The interface over which our caller's SSH session comes.
struct SshSession {
  std::string interface;
  std::string address;  ///< "192.0.2.7"
};

/// Who depends on interfaces.
struct NetworkUsers {
  std::vector<Route> routes;
  std::vector<SshSession> ssh;
};

std::vector<Dom0Need> network_needs(const std::string& bdf, const std::vector<DeviceNode>& nodes,
                                    const NetworkUsers& users);

/// The network interfaces of the host below `root`, and what lies on which: bridges, bonds, VLANs
/// and whatever else is an upper device (net/core/dev.c, `upper_…` in sysfs), and the ports of
/// Open vSwitch.
std::vector<DeviceNode> read_network_interfaces(const std::filesystem::path& root);

/// The session is looked for only where `root` is "/": in our environment, and in that of the
/// processes above us, since sudo drops it.
NetworkUsers read_network_users(const std::filesystem::path& root);

}  // namespace xenlaunch
