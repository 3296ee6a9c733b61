#include "launcher/host/xen_files.h"

#include <doctest/doctest.h>

#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("the kernel says which Xen it runs on") {
  testing::TemporaryTree tree;
  tree.write("sys/hypervisor/version/major", "4\n");
  CHECK((read_xen_version(tree.root()) == xen_built_for()));
  tree.write("sys/hypervisor/version/minor", "20\n");
  CHECK((read_xen_version(tree.root()) == XenVersion{4, 20}));
  tree.write("sys/hypervisor/version/minor", "new\n");
  CHECK((read_xen_version(tree.root()) == xen_built_for()));
}

TEST_CASE("hvmloader is the running Xen's own, or the only one of the host") {
  testing::TemporaryTree tree;
  const XenVersion xen{4, 20};
  CHECK(hvmloader_of(xen, tree.root()) == "/usr/lib/xen-4.20/boot/hvmloader");
  tree.write("usr/lib/xen-4.17/boot/hvmloader", "");
  CHECK(hvmloader_of(xen, tree.root()) == "/usr/lib/xen-4.20/boot/hvmloader");
  tree.write("usr/libexec/xen/boot/hvmloader", "");
  CHECK(hvmloader_of(xen, tree.root()) == "/usr/libexec/xen/boot/hvmloader");
  tree.write("usr/lib/xen/boot/hvmloader", "");
  CHECK(hvmloader_of(xen, tree.root()) == "/usr/lib/xen/boot/hvmloader");
  tree.write("usr/lib/xen-4.20/boot/hvmloader", "");
  CHECK(hvmloader_of(xen, tree.root()) == "/usr/lib/xen-4.20/boot/hvmloader");
}

}  // namespace
}  // namespace xenlaunch::test
