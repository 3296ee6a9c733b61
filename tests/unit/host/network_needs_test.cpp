#include "launcher/host/network_needs.h"

#include "tests/unit/host/print_needs.h"

namespace xenlaunch::test {
namespace {

using Texts = std::vector<std::string>;

Texts defaults(const std::string& route, const std::string& ipv6_route) {
  return default_route_interfaces(parse_routes(route, ipv6_route));
}

TEST_CASE("many default routes take no time that grows with their square") {
  std::vector<Route> routes;
  std::vector<std::string> expected;
  for (unsigned i = 0; i < 20000; ++i) {
    const bool is_spare = i % 2 == 1;
    const std::string name = "eth" + std::to_string(i);
    routes.push_back(
        {.destination = {0, 0, 0, 0}, .metric = is_spare ? 9U : 1U, .interface = name});
    if (!is_spare) expected.push_back(name);
  }
  CHECK(default_route_interfaces(routes) == expected);
}

TEST_CASE("default routes are those that lead somewhere, of both protocols") {
  const std::string head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\t\n";
  const auto line = [](const std::string& name, const std::string& to, const std::string& flags,
                       const std::string& mask) {
    return name + "\t" + to + "\t0100000A\t" + flags + "\t0\t0\t0\t" + mask + "\t0\t0\t0\n";
  };
  const std::string any = "00000000";
  CHECK(defaults(head + line("eth0", any, "0003", any) +
                     line("eth1", "0000000A", "0001", "00FFFFFF") + line("eth2", any, "0201", any) +
                     line("eth0", any, "0003", any) + line("tun0", any, "0003", "00000080"),
                 "") == Texts{"eth0"});
  const std::string none(32, '0');
  const auto ipv6 = [&](const std::string& prefix, const std::string& flags,
                        const std::string& name) {
    return none + " " + prefix + " " + none + " 00 " + none + " 00000400 1 0 " + flags + " " +
           name + "\n";
  };
  CHECK(defaults("", ipv6("00", "00000003", "eth3") + ipv6("40", "00000001", "eth4") +
                         ipv6("00", "00200200", "lo")) == Texts{"eth3"});
  CHECK(defaults("", "") == Texts{});
}

TEST_CASE("a default route with a higher metric is only there to spare") {
  CHECK(defaults("Iface Destination Gateway Flags RefCnt Use Metric Mask\n"
                 "wlp4s0 00000000 0100000A 0003 0 0 600 00000000\n"
                 "eno1 00000000 0100000A 0003 0 0 100 00000000\n",
                 "") == Texts{"eno1"});
}

TEST_CASE("an address is reached over the route that says the most of it, then the cheapest") {
  const std::string head = "Iface Destination Gateway Flags RefCnt Use Metric Mask\n";
  const std::vector<Route> routes =
      parse_routes(head +
                       "eth0 00000000 0100000A 0003 0 0 100 00000000\n"
                       "eth1 000200C0 00000000 0001 0 0 20 00FFFFFF\n"  // 192.0.2.0/24
                       "eth2 000200C0 00000000 0001 0 0 10 00FFFFFF\n"
                       "eth3 000200C0 00000000 0001 0 0 0 0000FFFF\n",
                   "20010db8000000000000000000000000 20 00000000000000000000000000000000 00 "
                   "00000000000000000000000000000000 00000100 1 0 00000001 eth4\n");
  REQUIRE(routes.size() == 5);
  CHECK(routes[1] == Route{{192, 0, 2, 0}, 24, 20, "eth1"});
  CHECK(interface_to("192.0.2.7", routes) == "eth2");
  CHECK(interface_to("192.0.3.7", routes) == "eth3");
  CHECK(interface_to("198.51.100.1", routes) == "eth0");
  CHECK(interface_to("2001:db8::1", routes) == "eth4");
  CHECK(interface_to("2001:db9::1", routes) == "");
  CHECK(interface_to("a name", routes) == "");
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
  const NetworkUsers users{.routes = {{.destination = {0, 0, 0, 0}, .interface = "br0"}},
                           .ssh = {{"br0", "192.0.2.7"}}};
  CHECK(network_needs(bdf, nodes, users) ==
        std::vector<Dom0Need>{{Dom0NeedKind::default_route, {bdf, "eth0", "br0", "default route"}},
                              {Dom0NeedKind::ssh_session, {bdf, "eth0", "br0", "192.0.2.7"}}});
  CHECK(network_needs("0000:03:00.0", nodes, users).empty());
}

}  // namespace
}  // namespace xenlaunch::test
