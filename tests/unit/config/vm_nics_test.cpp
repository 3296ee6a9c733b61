#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "launcher/config/nic_values.h"
#include "tests/unit/config/vm_file_text.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

/// What is said of the one network card with `keys`, which starts at column 8 of the third line.
std::string said_of(const std::string& keys) {
  return problems_of_line("nics: [{" + keys + "}]");
}

NicConfig nic_with(const std::string& keys) {
  return parse_line("nics: [{bridge: xenbr0, " + keys + "}]").nics.front();
}

TEST_CASE("a network card needs its bridge alone") {
  CHECK((parse_line("nics: [{bridge: xenbr0}]").nics ==
         std::vector<NicConfig>{{.bridge = "xenbr0",
                                 .mac = {},
                                 .model = NicModel::rtl8139,
                                 .script = "/etc/xen/scripts/vif-bridge",
                                 .ip = {},
                                 .rate = {},
                                 .mtu = {},
                                 .trusted = true,
                                 .boot = true}}));
  CHECK(parse_line("nics: []").nics.empty());
  CHECK(said_of("mac: '00:16:3e:00:00:01'") ==
        "3:8: nics[0].bridge: is missing; expected 1 to 15 letters, digits, '.', '_' or '-', "
        "starting with a letter, digit or '_'");
}

TEST_CASE("a bridge's name is one that Linux, a shell and QEMU all take") {
  for (const char* good : {"xenbr0", "br-lan", "ovs.12", "_b", "a", "'0'", "abcdefghijklmno"}) {
    CAPTURE(good);
    CHECK(said_of(std::string{"bridge: "} + good) == "");
  }
  for (const char* bad : {"''", "abcdefghijklmnop", "-br", ".", "..", "br/0", "'br 0'", "'br,0'",
                          "'br:0'", "'br$(id)'", "br\xc3\xa9", "'%d'"}) {
    CAPTURE(bad);
    CHECK(said_of(std::string{"bridge: "} + bad).find("is not the name of a network interface") !=
          std::string::npos);
  }
}

TEST_CASE("a MAC address is one card's, and only once in a file") {
  const std::string expected = "; expected a MAC address such as 00:16:3e:01:02:03";
  const auto said = [](const std::string& mac) { return said_of("bridge: b, mac: " + mac); };
  CHECK(said("00:16:3e:01:02:03") == "");
  CHECK(said("'FE:FF:FF:FF:FF:FF'") == "");
  for (const char* bad :
       {"00:16:3e:01", "00163e010203", "00-16-3e-01-02-03", "00:16:3e:01:02:0g", "0:16:3e:01:02:03",
        "00:16:3e:01:02:03:04", "'+0:16:3e:01:02:03'", "'00:16:3e:01:02: 3'"}) {
    CAPTURE(bad);
    CHECK(said(bad).find(" is not a MAC address" + expected) != std::string::npos);
  }
  CHECK(said("01:16:3e:01:02:03") ==
        "3:25: nics[0].mac: '01:16:3e:01:02:03' is a multicast address, which no card has" +
            expected);
  CHECK(said("ff:ff:ff:ff:ff:ff").find("multicast") != std::string::npos);
  CHECK(said("00:00:00:00:00:00") ==
        "3:25: nics[0].mac: '00:00:00:00:00:00' is no card's address" + expected);
  CHECK(problems_of_line("nics: [{bridge: b, mac: '00:16:3e:0a:00:01'}, "
                         "{bridge: c, mac: '00:16:3E:0A:00:01'}]") ==
        "3:64: nics[1].mac: 00:16:3e:0a:00:01 is given twice, first at line 3; expected each "
        "address once");
}

TEST_CASE("a rate means what it means to xl") {
  struct Row {
    const char* text;
    NicRate rate;
  };
  for (const Row& row : std::vector<Row>{{"100Mb/s", {625000, 50000}},
                                         {"10MB/s@20ms", {200000, 20000}},
                                         {"1GB/s@1s", {1000000000, 1000000}},
                                         {"1GB/s@1", {1000000000, 1000000}},
                                         {"250Kb/s@100us", {3, 100}},
                                         {"250KB/s@20m", {5000, 20000}},
                                         {"4294967295B/s@1u", {4294, 1}}}) {
    CAPTURE(row.text);
    std::string problem;
    CHECK((parse_rate(row.text, problem) == row.rate));
    CHECK(problem == "");
  }
  struct Bad {
    const char* text;
    const char* problem;
  };
  for (const Bad& bad : std::vector<Bad>{{"", "is not a rate"},
                                         {"100", "is not a rate"},
                                         {"100Mb", "is not a rate"},
                                         {"100mb/s", "is not a rate"},
                                         {"100Tb/s", "is not a rate"},
                                         {"010Mb/s", "is not a rate"},
                                         {"0Mb/s", "is not a rate"},
                                         {"-1Mb/s", "is not a rate"},
                                         {"1.5Mb/s", "is not a rate"},
                                         {"4294967296B/s", "is not a rate"},
                                         {"1Mb/s@", "is not a rate"},
                                         {"1Mb/s@0ms", "is not a rate"},
                                         {"1Mb/s@5min", "is not a rate"},
                                         {"1Mb/s@4295s", "is not a rate"},
                                         {"1Mb/s@1s@1s", "is not a rate"},
                                         {"4294967295GB/s@4294s", "is out of range"},
                                         {"7b/s", "is less than a byte at a time"},
                                         {"1KB/s@1us", "is less than a byte at a time"}}) {
    CAPTURE(bad.text);
    std::string problem;
    CHECK((parse_rate(bad.text, problem) == std::nullopt));
    CHECK(problem == bad.problem);
  }
  CHECK(said_of("bridge: b, rate: fast") ==
        "3:26: nics[0].rate: 'fast' is not a rate; expected a rate such as 100Mb/s or 10MB/s@20ms");
}

TEST_CASE("ip is a list of addresses and networks, which the script gets as it is") {
  CHECK(nic_with("ip: 10.0.0.2").ip == "10.0.0.2");
  CHECK(nic_with("ip: '10.0.0.0/24 fe80::1/128'").ip == "10.0.0.0/24 fe80::1/128");
  for (const char* bad : {"''", "' 10.0.0.2'", "'10.0.0.2  10.0.0.3'", "10.0.0.2/33", "fd00::/129",
                          "10.0.0", "10.0.0.2/", "10.0.0.2/a", "'10.0.0.2,10.0.0.3'", "host"}) {
    CAPTURE(bad);
    CHECK(said_of(std::string{"bridge: b, ip: "} + bad)
              .ends_with("is not an IP address; expected IPv4 or IPv6 addresses with a space "
                         "between them"));
  }
}

TEST_CASE("a card has an MTU that Ethernet and IPv4 allow, and at most eight cards are there") {
  CHECK(nic_with("mtu: 68").mtu == 68U);
  CHECK(nic_with("mtu: 65535").mtu == 65535U);
  CHECK(said_of("bridge: b, mtu: 67") ==
        "3:25: nics[0].mtu: '67' is out of range; expected an integer from 68 to 65535");
  const auto said_of_many = [](int count) {
    std::string line = "nics: [";
    for (int i = 0; i < count; ++i) line += "{bridge: b}, ";
    return problems_of_line(line + "]");
  };
  CHECK(said_of_many(8) == "");
  CHECK(said_of_many(9) == "3:7: nics: has 9 network cards; expected at most 8");
}

TEST_CASE("the network is booted from where a card has a boot ROM") {
  const std::string said =
      "3:8: boot[0]: no network card can be booted from; expected one under nics, with a model "
      "other than none and without boot: false";
  CHECK(problems_of_line("boot: [network]") == said);
  CHECK(problems_of_line("boot: [network]\nnics: [{bridge: b, model: none}]") == said);
  CHECK(problems_of_line("boot: [network]\nnics: [{bridge: b, boot: false}]") == said);
  CHECK(problems_of_line("boot: [network]\nnics: [{bridge: b, boot: false}, {bridge: b}]") == "");
  CHECK((parse_line("boot: [network, disk]\nnics: [{bridge: b}]").boot ==
         std::vector<BootDevice>{BootDevice::network, BootDevice::disk}));
}

}  // namespace
}  // namespace xenlaunch::test
