#include "launcher/plan/disk_nodes.h"

#include <doctest/doctest.h>

#include "tests/unit/print.h"

namespace xenlaunch {
namespace {

using Nodes = std::vector<Node>;

Nodes disk_nodes(const std::vector<DiskConfig>& disks) {
  NodeList nodes;
  Facts facts;
  facts.domid = "7";
  add_disk_nodes(nodes, disks, facts);
  return nodes.take();
}

TEST_CASE("each disk has a paravirtual one behind it, under the number of its IDE place") {
  const std::string backend = "/local/domain/0/backend/qdisk/7/5632";
  const std::string frontend = "/local/domain/7/device/vbd/5632";
  const std::string record = "/libxl/7/device/vbd/5632";
  const Access reads = Access::guest_reads;
  const Access owns = Access::guest_owns_dom0_reads;
  const Access none = Access::dom0_only;
  CHECK(disk_nodes({{.image = "/srv/a:b,c.qcow2", .format = DiskFormat::qcow2, .target = "hdc"}}) ==
        Nodes{{backend, "", reads},
              {backend + "/frontend", frontend, reads},
              {backend + "/params", "qcow2:/srv/a:b,c.qcow2", reads},
              {backend + "/frontend-id", "7", reads},
              {backend + "/online", "1", reads},
              {backend + "/removable", "0", reads},
              {backend + "/bootable", "1", reads},
              {backend + "/state", "1", reads},
              {backend + "/dev", "hdc", reads},
              {backend + "/type", "qdisk", reads},
              {backend + "/mode", "w", reads},
              {backend + "/device-type", "disk", reads},
              {backend + "/discard-enable", "1", reads},
              {backend + "/specification", "xen", reads},
              {frontend, "", owns},
              {frontend + "/backend", backend, owns},
              {frontend + "/backend-id", "0", owns},
              {frontend + "/state", "1", owns},
              {frontend + "/virtual-device", "5632", owns},
              {frontend + "/device-type", "disk", owns},
              {frontend + "/trusted", "1", owns},
              {record, "", none},
              {record + "/frontend", frontend, none},
              {record + "/backend", backend, none}});
}

TEST_CASE("the four IDE places have the numbers that guests know them by") {
  for (const auto& [target, device] :
       {std::pair{"hda", "768"}, {"hdb", "832"}, {"hdc", "5632"}, {"hdd", "5696"}}) {
    const Nodes nodes = disk_nodes({{.image = "/disk", .target = target}});
    CHECK(nodes.front().path == std::string{"/local/domain/0/backend/qdisk/7/"} + device);
    CHECK(nodes[2].value == "aio:/disk");
  }
}

TEST_CASE("a CD-ROM drive, which no guest unplugs, has none") {
  CHECK(disk_nodes({{.image = "/cd.iso", .type = DiskType::cdrom, .target = "hda"}}) == Nodes{});
}

}  // namespace
}  // namespace xenlaunch
