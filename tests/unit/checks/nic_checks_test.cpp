#include "launcher/checks/nic_checks.h"

#include <sys/stat.h>

#include "launcher/host/trusted_file.h"
#include "tests/fakes/fakes.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Findings = std::vector<Finding>;
using Interface = NicFacts::Interface;

const std::string ovs_script = "/etc/xen/scripts/vif-openvswitch";
const MacAddress mac{{0x00, 0x16, 0x3e, 0x01, 0x02, 0x03}};

NicFacts good_facts() {
  return {.interfaces = {{"br0", Interface::bridge}},
          .unusable_scripts = {},
          .foreign_scripts = {},
          .has_netback = true,
          .has_tun = true};
}

TEST_CASE("a bridge, a script, xen-netback and tun are all that a network card needs") {
  CHECK(nic_findings({{.bridge = "br0"}, {.bridge = "br0"}}, good_facts()).empty());
  CHECK(nic_findings({}, {}).empty());
}

TEST_CASE("everything that a host lacks for its network cards is named at once, and once") {
  NicFacts facts{.interfaces = {{"br0", Interface::missing}, {"eth0", Interface::other}},
                 .unusable_scripts = {{"/s/vif-bridge", "No such file or directory"}},
                 .foreign_scripts = {{"/t/vif-bridge", "user 7 owns /t"}}};
  const std::vector<NicConfig> nics{{.bridge = "br0"},
                                    {.bridge = "br0", .model = NicModel::e1000},
                                    {.bridge = "eth0", .script = "/s/vif-bridge"},
                                    {.bridge = "eth0", .script = "/t/vif-bridge"}};
  Findings expected{
      {FindingCode::bridge_missing, "br0", "dom0 has no network interface of that name",
       "make the bridge with `ip link add name br0 type bridge` and `ip link set br0 up`"},
      {FindingCode::netback_missing, "host", "dom0's kernel has no xen-netback",
       "load it with `modprobe xen-netback`"},
      {FindingCode::tun_missing, "host", "dom0 has no /dev/net/tun, which emulated ones need",
       "load it with `modprobe tun`, or set nics[].model to none"},
      {FindingCode::not_a_bridge, "eth0", "it is a network interface, but not a bridge",
       "make a bridge with `ip link add name xenbr0 type bridge`, put eth0 on it with `ip link set "
       "eth0 master xenbr0`, and name the bridge"},
      {FindingCode::script_missing, "/s/vif-bridge", "No such file or directory",
       "install xen-utils-common, or name another one in nics[].script"},
      {FindingCode::not_trusted, "/t/vif-bridge", "user 7 owns /t, and root would run it",
       how_to_be_trusted}};
  CHECK(nic_findings(nics, facts) == expected);
  facts.has_open_vswitch = true;
  expected[3].remedy =
      "name a bridge; for one of Open vSwitch set script to /etc/xen/scripts/vif-openvswitch";
  CHECK(nic_findings(nics, facts) == expected);
}

TEST_CASE("a card that is not emulated needs no tun") {
  NicFacts facts = good_facts();
  facts.has_tun = false;
  CHECK(nic_findings({{.bridge = "br0", .model = NicModel::none}}, facts).empty());
}

TEST_CASE("Open vSwitch's bridges are none of the kernel's, and may have a VLAN behind a dot") {
  NicFacts facts = good_facts();
  facts.interfaces = {{"ovs0", Interface::other}};
  CHECK(nic_findings({{.bridge = "ovs0.12", .script = ovs_script}}, facts).empty());
  facts.interfaces = {{"ovs0", Interface::missing}};
  CHECK(nic_findings({{.bridge = "ovs0", .script = ovs_script}}, facts) ==
        Findings{{FindingCode::bridge_missing, "ovs0", "dom0 has no network interface of that name",
                  "make the bridge with `ovs-vsctl add-br ovs0`"}});
}

TEST_CASE("what another script does with its bridge is its own affair") {
  NicFacts facts = good_facts();
  facts.interfaces = {{"br0", Interface::missing}};
  CHECK(nic_findings({{.bridge = "br0", .script = "/etc/xen/scripts/vif-route"}}, facts).empty());
}

TEST_CASE("what a host has is read from its files") {
  const TemporaryTree tree;
  tree.write("sys/class/net/br0/bridge/bridge_id", "8000\n");
  tree.write("sys/class/net/eth0/address", "00\n");
  tree.write("sys/class/net/ovs0/address", "00\n");
  tree.write("etc/xen/scripts/vif-bridge", "#!/bin/sh\n");
  tree.write("etc/xen/scripts/vif-openvswitch", "#!/bin/sh\n");
  ::chmod(tree.path("etc/xen/scripts/vif-bridge").c_str(), 0755);
  const std::vector<NicConfig> nics{{.bridge = "br0"},
                                    {.bridge = "eth0", .script = "/etc/xen/scripts"},
                                    {.bridge = "br1", .script = "/none"},
                                    {.bridge = "ovs0.3", .script = ovs_script}};
  NicFacts expected{.interfaces = {{"br0", Interface::bridge},
                                   {"br1", Interface::missing},
                                   {"eth0", Interface::other},
                                   {"ovs0", Interface::other}},
                    .unusable_scripts = {{"/etc/xen/scripts", "it is no file"},
                                         {"/none", "No such file or directory"},
                                         {ovs_script, "Permission denied"}}};
  const std::string folder = tree.path("etc/xen/scripts");
  CHECK((read_nic_facts(nics, tree.root(), {}) == expected));
  // The one that anybody could put another one into.
  ::chmod(folder.c_str(), 0777);
  const std::string anybody = "all users can write to " + folder;
  expected.foreign_scripts = {
      {nics.front().script, anybody}, {"/etc/xen/scripts", anybody}, {ovs_script, anybody}};
  CHECK((read_nic_facts(nics, tree.root(), {}) == expected));
  expected.foreign_scripts.clear();
  CHECK((read_nic_facts(nics, tree.root(), {folder}) == expected));
  tree.write("sys/bus/xen-backend/drivers/vif/uevent", "");
  tree.write("sys/class/net/ovs-system/address", "");
  tree.write("dev/net/tun", "");
  expected.has_netback = expected.has_tun = expected.has_open_vswitch = true;
  CHECK((read_nic_facts(nics, tree.root(), {folder}) == expected));
}

TEST_CASE("an address that a card of a VM has which lives is taken") {
  Journal journal;
  FakeStore store{journal};
  FakeHypervisor xen{journal};
  const std::string backends = "/local/domain/0/backend/vif";
  store.nodes = {{"/local/domain/0/name", "Domain-0"},
                 {"/local/domain/3/name", "web"},
                 {backends + "/3/0/mac", "00:16:3E:01:02:03"},
                 {backends + "/3/1/mac", "00:16:3e:01:02:04"},
                 {backends + "/4/0/mac", "00:16:3e:01:02:03"},  // of a VM that is no more
                 {backends + "/x/0/mac", "00:16:3e:01:02:03"},
                 {backends + "/3/2/mac", "\x1b"},
                 {"/local/domain/3/device/vif/2/mac", "00:16:3e:01:02:03"}};  // the guest's word
  xen.domains[3] = {.domid = 3};
  const std::vector<NicConfig> nics{{.bridge = "b", .mac = mac}};
  CHECK(mac_findings(nics, store, xen) ==
        Findings{{FindingCode::mac_in_use, "00:16:3e:01:02:03",
                  "web (domain 3) has a network card with it",
                  "set another one as nics[].mac, or end that VM"}});
  CHECK(mac_findings(nics, store, xen, 3).empty());
  CHECK(mac_findings({}, store, xen).empty());
  CHECK(journal.lines.empty());
}

}  // namespace
}  // namespace xenlaunch::test
