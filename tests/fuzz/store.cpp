// What others have written to xenstore: who has a device or an image. A node a line, its path
// before the first space.
#include <sstream>

#include "launcher/checks/image_users.h"
#include "launcher/host/device_owner.h"
#include "tests/fakes/fakes.h"
#include "tests/fuzz/target.h"
#include "tests/unit/samples.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  test::Journal journal;
  test::FakeStore store{journal};
  test::FakeHypervisor xen{journal};
  xen.domains[3] = {.domid = 3};
  std::istringstream lines{std::string{input}};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.find(' ');
    store.nodes[line.substr(0, space)] = space == std::string::npos ? "" : line.substr(space + 1);
  }
  const PciFunction function = test::igd();
  const auto owner = device_owner(function.address, store, xen);
  require(!owner || xen.domains.contains(owner->domid), "only a domain that lives has a device");
  VmConfig vm = test::vm_with({});
  vm.disks = {{.image = "/dev/null", .target = "hda"}};
  for (const Finding& finding : check_image_users(test::plan_of(vm, {}), store, xen))
    require(finding.subject == "/dev/null", "a finding is about an image of the VM's");
}

const Registration registration{"store", run};

}  // namespace
}  // namespace xenlaunch::fuzz
