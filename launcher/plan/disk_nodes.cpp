#include "launcher/plan/disk_nodes.h"
#include "xenstore/paths.h"

#include <fmt/format.h>

namespace xenlaunch {
namespace {

/// hda 768, hdb 832, hdc 5632, hdd 5696: major and minor of Linux' IDE disks
/// (docs/man/xen-vbd-interface.7.pandoc).
int virtual_device(const std::string& target) {
  const int index = target.back() - 'a';
  return (index < 2 ? 3 : 22) << 8 | (index % 2) << 6;
}

void add_disk(NodeList& nodes, const DiskConfig& disk, const Facts& facts) {
  const int device = virtual_device(disk.target);
  const std::string backend = fmt::format("{}/{}", backend_path("qdisk", facts.domid), device);
  const std::string frontend = fmt::format("{}/device/vbd/{}", domain_path(facts.domid), device);
  const std::string record = fmt::format("/libxl/{}/device/vbd/{}", facts.domid, device);
  const std::string_view format = disk.format == DiskFormat::qcow2 ? "qcow2" : "aio";

  nodes.add(backend, "", "", Access::guest_reads);
  nodes.add(backend, "frontend", frontend, Access::guest_reads);
  nodes.add(backend, "params", fmt::format("{}:{}", format, disk.image), Access::guest_reads);
  nodes.add(backend, "frontend-id", facts.domid, Access::guest_reads);
  for (const auto& [name, value] : {std::pair{"online", "1"},
                                    {"removable", "0"},
                                    {"bootable", "1"},
                                    {"state", "1"},
                                    {"dev", disk.target.c_str()},
                                    {"type", "qdisk"},
                                    {"mode", "w"},
                                    {"device-type", "disk"},
                                    {"discard-enable", "1"},
                                    {"specification", "xen"}})
    nodes.add(backend, name, value, Access::guest_reads);

  nodes.add(frontend, "", "", Access::guest_owns_dom0_reads);
  nodes.add(frontend, "backend", backend, Access::guest_owns_dom0_reads);
  for (const auto& [name, value] : {std::pair{"backend-id", std::string{"0"}},
                                    {"state", "1"},
                                    {"virtual-device", std::to_string(device)},
                                    {"device-type", "disk"},
                                    {"trusted", "1"}})
    nodes.add(frontend, name, value, Access::guest_owns_dom0_reads);

  nodes.add(record, "", "", Access::dom0_only);
  nodes.add(record, "frontend", frontend, Access::dom0_only);
  nodes.add(record, "backend", backend, Access::dom0_only);
}

}  // namespace

void add_disk_nodes(NodeList& nodes, const std::vector<DiskConfig>& disks, const Facts& facts) {
  for (const DiskConfig& disk : disks)
    if (disk.type == DiskType::disk) add_disk(nodes, disk, facts);
}

}  // namespace xenlaunch
