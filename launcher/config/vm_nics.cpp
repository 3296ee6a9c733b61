#include <fmt/format.h>

#include "launcher/config/first_lines.h"
#include "launcher/config/nic_values.h"
#include "launcher/config/vm_sections.h"

namespace xenlaunch {
namespace {

NicConfig read_nic(const Field& field, FirstLines<MacAddress>& first_lines) {
  NicConfig nic;
  const MappingReader mapping{
      field, {"bridge", "mac", "model", "script", "ip", "rate", "mtu", "trusted", "boot"}};
  const auto read_boolean = [](const Field& value) { return value.boolean(); };
  read_into(nic.bridge, mapping.require("bridge", bridge_expectation), read_bridge);
  const std::optional<Field> mac = mapping.find("mac");
  read_into(nic.mac, mac, read_mac);
  if (nic.mac) first_lines.check(*nic.mac, nic.mac->to_string(), *mac, "each address once");
  read_into(nic.model, mapping.find("model"), [](const Field& value) {
    return value.choice<NicModel>({{"rtl8139", NicModel::rtl8139},
                                   {"e1000", NicModel::e1000},
                                   {"e1000e", NicModel::e1000e},
                                   {"virtio", NicModel::virtio},
                                   {"none", NicModel::none}});
  });
  read_into(nic.script, mapping.find("script"),
            [](const Field& value) { return value.absolute_path(); });
  read_into(nic.ip, mapping.find("ip"), read_ip_list);
  read_into(nic.rate, mapping.find("rate"), read_rate);
  read_into(nic.mtu, mapping.find("mtu"),
            [](const Field& value) { return value.integer(68, 65535); });
  read_into(nic.trusted, mapping.find("trusted"), read_boolean);
  read_into(nic.boot, mapping.find("boot"), read_boolean);
  return nic;
}

}  // namespace

std::vector<NicConfig> read_nics(const Field& field) {
  const auto items = field.list("a list of network cards");
  if (!items) return {};
  if (items->size() > max_nics)
    field.report(fmt::format("has {} network cards", items->size()),
                 fmt::format("at most {}", max_nics));
  std::vector<NicConfig> nics;
  FirstLines<MacAddress> first_lines;
  for (const Field& item : *items) nics.push_back(read_nic(item, first_lines));
  return nics;
}

}  // namespace xenlaunch
