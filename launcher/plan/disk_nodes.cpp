#include "launcher/plan/disk_nodes.h"

#include <fmt/format.h>

#include "devicemodel/disk_target.h"
#include "devicemodel/qemu_disk_args.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// Where the parts of a disk are.
struct Places {
  std::string backend;
  std::string frontend;
  std::string record;
};

std::string backends_of(DiskBackend backend, const Facts& facts) {
  return backend_path(backend == DiskBackend::blkback ? "vbd" : "qdisk", facts.domid);
}

}  // namespace

std::string backend_node(const PlannedDisk& disk, const Facts& facts) {
  return fmt::format("{}/{}", backends_of(disk.backend, facts),
                     virtual_device(target_of(disk.config)));
}

namespace {

Places places_of(const PlannedDisk& disk, const Facts& facts) {
  const unsigned device = virtual_device(target_of(disk.config));
  return {.backend = backend_node(disk, facts),
          .frontend = fmt::format("{}/device/vbd/{}", domain_path(facts.domid), device),
          .record = fmt::format("/libxl/{}/device/vbd/{}", facts.domid, device)};
}

/// As QEMU wants it.
std::string served_image(const PlannedDisk& disk, const std::string& path) {
  return fmt::format("{}:{}", disk.config.format == DiskFormat::qcow2 ? "qcow2" : "aio", path);
}

void add_image(NodeList& nodes, const std::string& backend, const PlannedDisk& disk) {
  const DiskConfig& config = disk.config;
  if (disk.backend == DiskBackend::qdisk)
    return nodes.add(backend, "params",
                     served_image(disk, disk.handed ? handed_path(*disk.handed) : config.image),
                     Access::guest_reads);
  // The script is for `xl destroy`, which runs it with `remove`; it does nothing then.
  for (const auto& [name, value] :
       {std::pair{"params", config.image},
        {"script", std::string{"/etc/xen/scripts/block"}},
        {"physical-device", fmt::format("{:x}:{:x}", disk.device->major, disk.device->minor)},
        {"physical-device-path", disk.device->path},
        {"hotplug-status", std::string{"connected"}}})
    nodes.add(backend, name, value, Access::guest_reads);
}

void add_disk(NodeList& nodes, const PlannedDisk& disk, const Facts& facts) {
  const DiskConfig& config = disk.config;
  const auto& [backend, frontend, record] = places_of(disk, facts);

  nodes.add(backend, "", "", Access::guest_reads);
  nodes.add(backend, "frontend", frontend, Access::guest_reads);
  add_image(nodes, backend, disk);
  nodes.add(backend, "frontend-id", facts.domid, Access::guest_reads);
  for (const auto& [name, value] :
       {std::pair{"online", "1"},
        {"removable", "0"},
        {"bootable", "1"},
        {"state", "1"},
        {"dev", config.target.c_str()},
        {"type", disk.backend == DiskBackend::blkback ? "phy" : "qdisk"},
        {"mode", config.readonly ? "r" : "w"},
        {"device-type", "disk"},
        {"discard-enable", config.discard && !config.readonly ? "1" : "0"},
        {"specification", "xen"}})
    nodes.add(backend, name, value, Access::guest_reads);

  nodes.add(frontend, "", "", Access::guest_owns_dom0_reads);
  nodes.add(frontend, "backend", backend, Access::guest_owns_dom0_reads);
  for (const auto& [name, value] :
       {std::pair{"backend-id", std::string{"0"}},
        {"state", "1"},
        {"virtual-device", std::to_string(virtual_device(target_of(config)))},
        {"device-type", "disk"},
        {"trusted", "1"}})
    nodes.add(frontend, name, value, Access::guest_owns_dom0_reads);

  nodes.add(record, "", "", Access::dom0_only);
  nodes.add(record, "frontend", frontend, Access::dom0_only);
  nodes.add(record, "backend", backend, Access::dom0_only);
  // Where libxl looks for it, too; the backend's node may say under which name QEMU was given it.
  if (disk.backend == DiskBackend::qdisk)
    nodes.add(record, "params", served_image(disk, config.image), Access::dom0_only);
}

}  // namespace

void add_disk_nodes(NodeList& nodes, const std::vector<PlannedDisk>& disks, DiskBackend backend,
                    const Facts& facts) {
  for (const PlannedDisk& disk : disks)
    if (disk.backend == backend) add_disk(nodes, disk, facts);
}

std::vector<std::string> blkback_node_roots(const std::vector<PlannedDisk>& disks,
                                            const Facts& facts) {
  std::vector<std::string> roots{backends_of(DiskBackend::blkback, facts)};
  for (const PlannedDisk& disk : disks) {
    if (disk.backend != DiskBackend::blkback) continue;
    const Places places = places_of(disk, facts);
    roots.insert(roots.end(), {places.frontend, places.record});
  }
  return roots;
}

}  // namespace xenlaunch
