// What this host says of its network interfaces, and who depends on them.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "launcher/host/block_needs.h"
#include "launcher/host/network_needs.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

constexpr const char* ovs_datapath = "ovs-system";

struct Interface {
  DeviceNode node;
  std::vector<std::string> below;
  std::string hardware_address;
  bool is_plain_virtual = false;  ///< neither a device nor anything that sysfs has a word for
};

Interface read_interface(const fs::path& folder, const std::string& name, const std::string& link) {
  Interface one{.node = {.name = name, .shown = "", .paths = {link}}};
  const std::string upper = "upper_";
  const std::string lower = "lower_";
  for (const std::string& entry : names_in(folder)) {
    if (entry.starts_with(upper)) one.node.above.push_back(entry.substr(upper.size()));
    if (entry.starts_with(lower)) one.below.push_back(entry.substr(lower.size()));
  }
  if (const auto master = link_name(folder / "master")) one.node.above.push_back(*master);
  for (const std::string& port : names_in(folder / "brif")) one.below.push_back(port);
  one.hardware_address = read_if_readable(folder / "address").value_or("");
  const bool has_type =
      read_if_readable(folder / "uevent").value_or("").find("DEVTYPE=") != std::string::npos;
  one.is_plain_virtual = link.starts_with("devices/virtual/") && name != "lo" &&
                         name != ovs_datapath && one.below.empty() && one.node.above.empty() &&
                         !has_type && !is_present(folder / "tun_flags");
  return one;
}

/// Sysfs does not tell which bridge of Open vSwitch a port belongs to, and the bridge itself, which
/// has the addresses, stands beside its ports (net/openvswitch/vport-internal_dev.c). It usually
/// has the hardware address of one of them; else any port may be its.
void connect_ovs(std::vector<Interface>& all) {
  const auto is_port = [](const Interface& one) {
    return std::ranges::count(one.node.above, ovs_datapath) > 0;
  };
  for (const Interface& bridge : all) {
    if (!bridge.is_plain_virtual) continue;
    const auto same = [&](const Interface& one) {
      return is_port(one) && one.hardware_address == bridge.hardware_address;
    };
    const bool one_is_same = std::ranges::any_of(all, same);
    for (Interface& one : all)
      if (is_port(one) && (!one_is_same || same(one))) one.node.above.push_back(bridge.node.name);
  }
}

void put_above(std::vector<Interface>& all) {
  for (const Interface& upper : all)
    for (Interface& lower : all)
      if (std::ranges::count(upper.below, lower.node.name) > 0 &&
          std::ranges::count(lower.node.above, upper.node.name) == 0)
        lower.node.above.push_back(upper.node.name);
}

/// Field 4 of /proc/PID/stat, behind a name that may hold anything.
int parent_of(const std::string& pid) {
  const std::string stat = read_if_readable("/proc/" + pid + "/stat").value_or("");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest{stat.substr(name_end + 1)};
  char state = 0;
  int parent = 0;
  rest >> state >> parent;
  return parent;
}

std::string ssh_connection_in(const std::string& environment) {
  const std::string name = "SSH_CONNECTION=";
  std::istringstream entries{environment};
  for (std::string entry; std::getline(entries, entry, '\0');)
    if (entry.starts_with(name)) return entry.substr(name.size());
  return "";
}

/// What each process up to init says.
std::vector<std::string> ssh_servers() {
  std::vector<std::string> servers;
  const auto add = [&servers](const std::string& server) {
    if (!server.empty() && std::ranges::count(servers, server) == 0) servers.push_back(server);
  };
  if (const char* own = std::getenv("SSH_CONNECTION")) add(server_of(own));
  constexpr int most = 100;
  int pid = ::getppid();
  for (int step = 0; step < most && pid > 1; ++step) {
    const std::string name = std::to_string(pid);
    add(server_of(ssh_connection_in(read_if_readable("/proc/" + name + "/environ").value_or(""))));
    pid = parent_of(name);
  }
  return servers;
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address == nullptr) return "";
  if (address->sa_family == AF_INET)
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6)
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (bytes == nullptr) return "";
  return ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr ? ""
                                                                                     : text.data();
}

std::vector<SshSession> read_ssh_sessions() {
  const std::vector<std::string> servers = ssh_servers();
  ifaddrs* first = nullptr;
  if (servers.empty() || ::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{first, &::freeifaddrs};
  std::vector<SshSession> sessions;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    const std::string address = text_of(one->ifa_addr);
    if (std::ranges::count(servers, address) == 0) continue;
    // One of IPv4 may have a label of its own behind the name: "eth0:1".
    const std::string name = one->ifa_name;
    sessions.push_back({name.substr(0, name.find(':')), address});
  }
  return sessions;
}

}  // namespace

std::vector<DeviceNode> read_network_interfaces(const fs::path& root) {
  std::vector<Interface> all;
  for (const auto& [name, link] : read_class_links(root / "sys/class/net"))
    all.push_back(read_interface(root / "sys" / link, name, link));
  put_above(all);
  connect_ovs(all);
  std::vector<DeviceNode> nodes;
  for (Interface& one : all) nodes.push_back(std::move(one.node));
  return nodes;
}

NetworkUsers read_network_users(const fs::path& root) {
  NetworkUsers users;
  users.routes = parse_routes(read_if_readable(root / "proc/net/route").value_or(""),
                              read_if_readable(root / "proc/net/ipv6_route").value_or(""));
  if (root == "/") users.ssh = read_ssh_sessions();
  return users;
}

}  // namespace xenlaunch
