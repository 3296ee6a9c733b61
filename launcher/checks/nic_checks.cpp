#include "launcher/checks/nic_checks.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "launcher/host/backend_drivers.h"
#include "launcher/host/device_owner.h"
#include "launcher/host/program.h"
#include "launcher/host/sysfs.h"
#include "launcher/host/trusted_file.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;
using Interface = NicFacts::Interface;

Interface interface_at(const fs::path& sysfs) {
  if (!is_present(sysfs)) return Interface::missing;
  return is_present(sysfs / "bridge") ? Interface::bridge : Interface::other;
}

std::string script_name(const NicConfig& nic) {
  return fs::path{nic.script}.filename();
}

/// vif-openvswitch takes a VLAN behind a dot.
std::string interface_of(const NicConfig& nic) {
  return script_name(nic) == "vif-openvswitch" ? nic.bridge.substr(0, nic.bridge.find('.'))
                                               : nic.bridge;
}

std::optional<Finding> bridge_problem(const NicConfig& nic, const NicFacts& facts) {
  const std::string name = interface_of(nic);
  const bool is_ovs = script_name(nic) == "vif-openvswitch";
  if (!is_ovs && script_name(nic) != "vif-bridge") return std::nullopt;
  const Interface interface = facts.interfaces.at(name);
  if (interface == Interface::missing)
    return Finding{FindingCode::bridge_missing, name, "dom0 has no network interface of that name",
                   is_ovs ? "make the bridge with `ovs-vsctl add-br " + name + "`"
                          : "make the bridge with `ip link add name " + name +
                                " type bridge` and `ip link set " + name + " up`"};
  if (is_ovs || interface == Interface::bridge) return std::nullopt;
  return Finding{FindingCode::not_a_bridge, name, "it is a network interface, but not a bridge",
                 facts.has_open_vswitch
                     ? "name a bridge; for one of Open vSwitch set script to "
                       "/etc/xen/scripts/vif-openvswitch"
                     : "make a bridge with `ip link add name xenbr0 type bridge`, put " + name +
                           " on it with `ip link set " + name +
                           " master xenbr0`, and name the bridge"};
}

}  // namespace

NicFacts read_nic_facts(const std::vector<NicConfig>& nics, const fs::path& root,
                        const std::vector<std::string>& trusted_folders) {
  const fs::path interfaces = root / "sys/class/net";
  NicFacts facts{.interfaces = {},
                 .unusable_scripts = {},
                 .foreign_scripts = {},
                 .has_netback = serves_backends(root, "vif"),
                 .has_tun = is_present(root / "dev/net/tun"),
                 .has_open_vswitch = is_present(interfaces / "ovs-system")};
  for (const NicConfig& nic : nics) {
    facts.interfaces[interface_of(nic)] = interface_at(interfaces / interface_of(nic));
    const fs::path script = root / fs::path{nic.script}.relative_path();
    const std::string problem = why_not_runnable(script);
    if (!problem.empty()) facts.unusable_scripts[nic.script] = problem;
    if (auto writer = other_writer(script, trusted_folders))
      facts.foreign_scripts[nic.script] = std::move(*writer);
  }
  return facts;
}

std::vector<Finding> nic_findings(const std::vector<NicConfig>& nics, const NicFacts& facts) {
  std::vector<Finding> findings;
  const auto add = [&findings](const Finding& finding) {
    if (std::ranges::find(findings, finding) == findings.end()) findings.push_back(finding);
  };
  for (const NicConfig& nic : nics) {
    if (const std::optional<Finding> problem = bridge_problem(nic, facts)) add(*problem);
    const auto foreign = facts.foreign_scripts.find(nic.script);
    const auto unusable = facts.unusable_scripts.find(nic.script);
    if (foreign != facts.foreign_scripts.end())
      add({FindingCode::not_trusted, nic.script, foreign->second + ", and root would run it",
           how_to_be_trusted});
    else if (unusable != facts.unusable_scripts.end())
      add({FindingCode::script_missing, nic.script, unusable->second,
           "install xen-utils-common, or name another one in nics[].script"});
    if (!facts.has_netback)
      add({FindingCode::netback_missing, "host", "dom0's kernel has no xen-netback",
           "load it with `modprobe xen-netback`"});
    if (!facts.has_tun && nic.model != NicModel::none)
      add({FindingCode::tun_missing, "host", "dom0 has no /dev/net/tun, which emulated ones need",
           "load it with `modprobe tun`, or set nics[].model to none"});
  }
  return findings;
}

std::vector<Finding> mac_findings(const std::vector<NicConfig>& nics, Store& store, Domains& xen,
                                  std::optional<Domid> own) {
  std::vector<Finding> findings;
  if (nics.empty()) return findings;
  for (const std::string& server : store.list(domains_path)) {
    const std::string backends = domain_path(server) + "/backend/vif";
    for (const std::string& domid : store.list(backends)) {
      const std::optional<DeviceOwner> domain = live_domain(domid, store, xen);
      if (!domain || domain->domid == own) continue;
      for (const std::string& index : store.list(backends + "/" + domid)) {
        const auto text = store.read(backends + "/" + domid + "/" + index + "/mac");
        const auto mac = text ? MacAddress::parse(*text) : std::nullopt;
        if (mac && std::ranges::find(nics, mac, &NicConfig::mac) != nics.end())
          findings.push_back({FindingCode::mac_in_use, mac->to_string(),
                              to_string(*domain) + " has a network card with it",
                              "set another one as nics[].mac, or end that VM"});
      }
    }
  }
  return findings;
}

}  // namespace xenlaunch
