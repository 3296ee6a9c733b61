#include "launcher/host/network_needs.h"

#include "tests/unit/host/print_needs.h"

namespace xenlaunch::test {
namespace {

using Texts = std::vector<std::string>;

TEST_CASE("default routes are those that lead somewhere, of both protocols") {
  const std::string head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\t\n";
  const auto line = [](const std::string& name, const std::string& to, const std::string& flags,
                       const std::string& mask) {
    return name + "\t" + to + "\t0100000A\t" + flags + "\t0\t0\t0\t" + mask + "\t0\t0\t0\n";
  };
  const std::string any = "00000000";
  CHECK(default_route_interfaces(
            head + line("eth0", any, "0003", any) + line("eth1", "0000000A", "0001", "00FFFFFF") +
                line("eth2", any, "0201", any) + line("eth0", any, "0003", any) +
                line("tun0", any, "0003", "00000080"),
            "") == Texts{"eth0"});
  const std::string none(32, '0');
  const auto ipv6 = [&](const std::string& prefix, const std::string& flags,
                        const std::string& name) {
    return none + " " + prefix + " " + none + " 00 " + none + " 00000400 1 0 " + flags + " " +
           name + "\n";
  };
  CHECK(default_route_interfaces("", ipv6("00", "00000003", "eth3") +
                                         ipv6("40", "00000001", "eth4") +
                                         ipv6("00", "00200200", "lo")) == Texts{"eth3"});
  CHECK(default_route_interfaces("", "") == Texts{});
}

TEST_CASE("the server's address of an SSH connection is read in each form") {
  CHECK(server_of("198.51.100.2 40000 192.0.2.7 22") == "192.0.2.7");
  CHECK(server_of("fe80::2%eth0 40000 fe80::1%eth0 22") == "fe80::1");
  CHECK(server_of("::ffff:198.51.100.2 40000 ::ffff:192.0.2.7 22") == "192.0.2.7");
  CHECK(server_of("UNKNOWN") == "");
  CHECK(server_of("") == "");
}

TEST_CASE("the SSH session is needed of each function that it comes over") {
  const std::string bdf = "0000:02:00.0";
  const std::vector<DeviceNode> nodes{
      {.name = "eth0", .paths = {"devices/pci0000:00/" + bdf + "/net/eth0"}, .above = {"br0"}},
      {.name = "br0", .paths = {"devices/virtual/net/br0"}}};
  const NetworkUsers users{.default_routes = {"br0"}, .ssh = {{"br0", "192.0.2.7"}}};
  CHECK(network_needs(bdf, nodes, users) ==
        std::vector<Dom0Need>{{Dom0NeedKind::default_route, {bdf, "eth0", "br0", "default route"}},
                              {Dom0NeedKind::ssh_session, {bdf, "eth0", "br0", "192.0.2.7"}}});
  CHECK(network_needs("0000:03:00.0", nodes, users).empty());
}

}  // namespace
}  // namespace xenlaunch::test
