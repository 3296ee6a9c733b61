#include "launcher/host/backend_drivers.h"

#include <doctest/doctest.h>

#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("backends are served by a driver that is there, or that udev will load") {
  const testing::TemporaryTree tree;
  CHECK(!serves_backends(tree.root(), "vbd"));
  tree.write("proc/sys/kernel/osrelease", "6.1.0-xen\n");
  tree.write("lib/modules/6.1.0-xen/modules.alias",
             "# Aliases\nalias xen-backend:vbd xen_blkback\nalias xen-backend:vifs other\n");
  CHECK(!serves_backends(tree.root(), "vbd"));  // nobody would load it
  tree.write("run/udev/control", "");
  CHECK(serves_backends(tree.root(), "vbd"));
  CHECK(!serves_backends(tree.root(), "vif"));
  tree.write("sys/bus/xen-backend/drivers/vif/uevent", "");
  CHECK(serves_backends(tree.root(), "vif"));
  tree.write("proc/sys/kernel/osrelease", "another\n");
  CHECK(!serves_backends(tree.root(), "vbd"));
}

}  // namespace
}  // namespace xenlaunch::test
