#include "launcher/plan/nic_nodes.h"

#include <fmt/format.h>

#include <utility>

#include "launcher/plan/node_list.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

using Values = std::vector<std::pair<std::string_view, std::string>>;

/// What libxl tells the guest where the VM's configuration says nothing.
constexpr unsigned default_mtu = 1500;

std::string vif_frontends(const Facts& facts) {
  return domain_path(facts.domid) + "/device/vif";
}
std::string vif_records(const Facts& facts) {
  return fmt::format("/libxl/{}/device/vif", facts.domid);
}

/// xen-netback waits with the guest until `hotplug-status` says that the script was there. libxl
/// leaves an mtu of 1500 out, with which the script takes the bridge's.
Values backend_values(const NicConfig& nic, std::size_t index, const Facts& facts) {
  Values values{{"frontend-id", facts.domid},
                {"online", "1"},
                {"state", "1"},
                {"script", nic.script},
                {"mac", nic.mac->to_string()}};
  if (nic.ip) values.emplace_back("ip", *nic.ip);
  if (nic.rate)
    values.emplace_back("rate", fmt::format("{},{}", nic.rate->bytes, nic.rate->interval_us));
  if (nic.mtu) values.emplace_back("mtu", std::to_string(*nic.mtu));
  values.emplace_back("bridge", nic.bridge);
  values.emplace_back("handle", std::to_string(index));
  values.emplace_back("type", nic.model == NicModel::none ? "vif" : "vif_ioemu");
  values.emplace_back("hotplug-status", "");
  return values;
}

void add_nic(NodeList& nodes, const NicConfig& nic, std::size_t index, const Facts& facts) {
  const std::string backend = fmt::format("{}/{}", backend_path("vif", facts.domid), index);
  const std::string frontend = fmt::format("{}/{}", vif_frontends(facts), index);
  const std::string record = fmt::format("{}/{}", vif_records(facts), index);
  const Values values = backend_values(nic, index, facts);

  nodes.add(record, "", "", Access::dom0_only);
  nodes.add(record, "frontend", frontend, Access::dom0_only);
  nodes.add(record, "backend", backend, Access::dom0_only);
  for (const auto& [name, value] : values) nodes.add(record, name, value, Access::dom0_only);

  nodes.add(frontend, "", "", Access::guest_owns_dom0_reads);
  nodes.add(frontend, "backend", backend, Access::guest_owns_dom0_reads);
  for (const auto& [name, value] : Values{{"backend-id", "0"},
                                          {"state", "1"},
                                          {"handle", std::to_string(index)},
                                          {"mac", nic.mac->to_string()},
                                          {"trusted", nic.trusted ? "1" : "0"}})
    nodes.add(frontend, name, value, Access::guest_owns_dom0_reads);
  nodes.add(frontend, "mtu", std::to_string(nic.mtu.value_or(default_mtu)), Access::guest_reads);

  nodes.add(backend, "", "", Access::guest_reads);
  nodes.add(backend, "frontend", frontend, Access::guest_reads);
  for (const auto& [name, value] : values) nodes.add(backend, name, value, Access::guest_reads);
}

}  // namespace

std::vector<Node> nic_nodes(const std::vector<NicConfig>& nics, const Facts& facts) {
  NodeList nodes;
  for (std::size_t index = 0; index < nics.size(); ++index)
    add_nic(nodes, nics[index], index, facts);
  return nodes.take();
}

std::vector<std::string> nic_node_roots(const Facts& facts) {
  return {backend_path("vif", facts.domid), vif_frontends(facts), vif_records(facts)};
}

}  // namespace xenlaunch
