#include "launcher/plan/disk_nodes.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/print.h"

namespace xenlaunch {
namespace {

using Nodes = std::vector<Node>;

Facts facts() {
  Facts facts;
  facts.domid = "7";
  return facts;
}

Nodes disk_nodes(const std::vector<DiskConfig>& disks) {
  NodeList nodes;
  add_disk_nodes(nodes, plan_disks(disks, {}), DiskBackend::qdisk, facts());
  return nodes.take();
}

TEST_CASE("each IDE disk has a paravirtual one behind it, under the number of its place") {
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
              {record + "/backend", backend, none},
              {record + "/params", "qcow2:/srv/a:b,c.qcow2", none}});
}

TEST_CASE(
    "of an image that QEMU gets as a descriptor it has a name of its own, and we the image's") {
  std::vector<PlannedDisk> disks = plan_disks({{.image = "/srv/a.img", .target = "xvda"}}, {});
  disks.front().handed = 3;
  NodeList list;
  add_disk_nodes(list, disks, DiskBackend::qdisk, facts());
  Nodes params = list.take();
  std::erase_if(params, [](const Node& node) { return !node.path.ends_with("/params"); });
  CHECK(params == Nodes{{"/local/domain/0/backend/qdisk/7/51712/params", "aio:/dev/fdset/3",
                         Access::guest_reads},
                        {"/libxl/7/device/vbd/51712/params", "aio:/srv/a.img", Access::dom0_only}});
}

TEST_CASE("a read-only disk is written by nobody, and nothing in it is freed") {
  const Nodes nodes = disk_nodes({{.image = "/a", .target = "xvda", .readonly = true},
                                  {.image = "/b", .target = "xvdb", .discard = false}});
  const auto value_of = [&nodes](const std::string& path) {
    const auto found = std::ranges::find(nodes, path, &Node::path);
    return found == nodes.end() ? "missing" : found->value;
  };
  const std::string backend = "/local/domain/0/backend/qdisk/7/";
  CHECK(value_of(backend + "51712/mode") == "r");
  CHECK(value_of(backend + "51712/discard-enable") == "0");
  CHECK(value_of(backend + "51728/mode") == "w");
  CHECK(value_of(backend + "51728/discard-enable") == "0");
}

TEST_CASE("of a block device blkback is told what libxl's script finds out") {
  const HostDisks host{
      .block_devices = {{"/dev/vg/a", {.path = "/dev/dm-18", .major = 253, .minor = 18}}},
      .blkback = true};
  const std::vector<PlannedDisk> disks = plan_disks(
      {{.image = "/dev/vg/a", .target = "xvda"}, {.image = "/file", .target = "xvdb"}}, host);
  const std::string backend = "/local/domain/0/backend/vbd/7/51712";
  const std::string frontend = "/local/domain/7/device/vbd/51712";
  const std::string record = "/libxl/7/device/vbd/51712";
  const Access reads = Access::guest_reads;
  const Access owns = Access::guest_owns_dom0_reads;
  const Access none = Access::dom0_only;
  NodeList nodes;
  add_disk_nodes(nodes, disks, DiskBackend::blkback, facts());
  CHECK(nodes.take() == Nodes{{backend, "", reads},
                              {backend + "/frontend", frontend, reads},
                              {backend + "/params", "/dev/vg/a", reads},
                              {backend + "/script", "/etc/xen/scripts/block", reads},
                              {backend + "/physical-device", "fd:12", reads},
                              {backend + "/physical-device-path", "/dev/dm-18", reads},
                              {backend + "/hotplug-status", "connected", reads},
                              {backend + "/frontend-id", "7", reads},
                              {backend + "/online", "1", reads},
                              {backend + "/removable", "0", reads},
                              {backend + "/bootable", "1", reads},
                              {backend + "/state", "1", reads},
                              {backend + "/dev", "xvda", reads},
                              {backend + "/type", "phy", reads},
                              {backend + "/mode", "w", reads},
                              {backend + "/device-type", "disk", reads},
                              {backend + "/discard-enable", "1", reads},
                              {backend + "/specification", "xen", reads},
                              {frontend, "", owns},
                              {frontend + "/backend", backend, owns},
                              {frontend + "/backend-id", "0", owns},
                              {frontend + "/state", "1", owns},
                              {frontend + "/virtual-device", "51712", owns},
                              {frontend + "/device-type", "disk", owns},
                              {frontend + "/trusted", "1", owns},
                              {record, "", none},
                              {record + "/frontend", frontend, none},
                              {record + "/backend", backend, none}});
  CHECK(blkback_node_roots(disks, facts()) ==
        std::vector<std::string>{"/local/domain/0/backend/vbd/7", frontend, record});
}

TEST_CASE("a CD-ROM drive, which no guest unplugs, has none") {
  CHECK(disk_nodes({{.image = "/cd.iso", .type = DiskType::cdrom, .target = "hda"}}) == Nodes{});
}

}  // namespace
}  // namespace xenlaunch
