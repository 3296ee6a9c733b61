#include "launcher/checks/image_users.h"

#include "tests/fakes/world.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Findings = std::vector<Finding>;

const std::string remedy = "stop that VM, or give this one an image of its own";

/// A host on which win10 (domain 3) runs.
struct Users : World {
  TemporaryTree tree;
  Users() {
    xen.domains[3] = {.domid = 3};
    store.nodes["/local/domain/3/name"] = "win10";
    tree.write("image", "x");
    tree.link("link", "image");
  }
  void has(const std::string& kind, const std::string& params, const std::string& mode) {
    const std::string backend = "/local/domain/0/backend/" + kind + "/3/51712";
    store.nodes[backend + "/params"] = params;
    store.nodes[backend + "/mode"] = mode;
  }
  Findings check(const DiskConfig& disk, std::optional<Domid> own = {}) {
    VmConfig vm = vm_with({});
    vm.disks = {disk};
    return check_image_users(plan_of(vm, {}), store, xen, own);
  }
  std::string image() const { return tree.path("image"); }
};

TEST_CASE("a file that an image names is no other VM's to write") {
  Users world;
  VmConfig vm = vm_with({});
  vm.disks = {{.image = world.tree.path("above"), .format = DiskFormat::qcow2, .target = "hda"}};
  LaunchPlan plan = plan_of(vm, {});
  plan.disks.front().links = {world.image()};
  world.has("qdisk", "aio:" + world.image(), "r");
  CHECK(check_image_users(plan, world.store, world.xen).empty());
  world.has("qdisk", "aio:" + world.image(), "w");
  CHECK(check_image_users(plan, world.store, world.xen) ==
        Findings{
            {FindingCode::image_in_use, world.image(), "win10 (domain 3) writes to it", remedy}});
}

TEST_CASE("an image that another VM writes is refused, whatever it is called") {
  Users world;
  world.has("qdisk", "aio:" + world.tree.path("link"), "w");
  CHECK(world.check({.image = world.image(), .target = "hda"}) ==
        Findings{
            {FindingCode::image_in_use, world.image(), "win10 (domain 3) writes to it", remedy}});
  CHECK(world.check({.image = world.image(), .target = "xvda", .readonly = true}).size() == 1);
  CHECK(world.check({.image = world.image(), .type = DiskType::cdrom, .target = "hda"}).size() ==
        1);
  world.tree.write("other", "x");
  CHECK(world.check({.image = world.tree.path("other"), .target = "hda"}).empty());
  CHECK(world.check({.type = DiskType::cdrom, .target = "hda"}).empty());
}

TEST_CASE("where QEMU has another name for the image, the toolstack's record tells") {
  Users world;
  world.has("qdisk", "aio:/dev/fdset/0", "w");
  world.store.nodes["/libxl/3/device/vbd/51712/params"] = "aio:" + world.image();
  CHECK(world.check({.image = world.image(), .target = "hda"}).size() == 1);
}

TEST_CASE("an image that another VM only reads may be read") {
  Users world;
  world.has("vbd", world.image(), "r");
  CHECK(world.check({.image = world.image(), .target = "xvda", .readonly = true}).empty());
  CHECK(world.check({.image = world.image(), .target = "xvda"}) ==
        Findings{{FindingCode::image_in_use, world.image(), "win10 (domain 3) reads it", remedy}});
}

TEST_CASE("what a VM left that is no more, and the domain's own disks, are in nobody's use") {
  Users world;
  world.has("qdisk", "qcow2:" + world.image(), "w");
  const DiskConfig disk{.image = world.image(), .target = "hda"};
  CHECK(world.check(disk, 3).empty());
  world.xen.domains.erase(3);
  CHECK(world.check(disk).empty());
  CHECK(world.journal.lines.empty());
}

}  // namespace
}  // namespace xenlaunch::test
