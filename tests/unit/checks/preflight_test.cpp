#include "launcher/checks/preflight.h"

#include "tests/fakes/world.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Findings = std::vector<Finding>;

TEST_CASE("the devices are looked at as they are now, and as they go to one VM") {
  PciFunction dead = card(0);
  dead.answers = false;
  dead.reset_methods = {"flr"};
  const LaunchPlan plan = plan_of(vm_with({card(0), card(1)}), {card(0), card(1)});
  const DeviceFacts facts{.pci = host_with({dead, card(1)}), .integrated_vendors = {0x8086}};
  CHECK(check_devices(plan, facts) == Findings{{FindingCode::no_answer, "0000:01:00.0",
                                                does_not_answer_reason, does_not_answer_remedy}});
  CHECK(check_devices(plan_of(vm_with({}), {}), {.pci = host_with({dead})}) == Findings{});
}

HypervisorInfo xen_with(std::uint64_t free_mib) {
  return {.hvm = true, .hap = true, .iommu = true, .free_kib = free_mib * 1024};
}

TEST_CASE("the hypervisor has to offer HVM") {
  HypervisorInfo xen = xen_with(4096);
  CHECK(check_xen(plan_of(vm_with({}), {}), xen).empty());
  xen.hvm = false;
  const Findings findings = check_xen(plan_of(vm_with({}), {}), xen);
  REQUIRE(findings.size() == 1);
  CHECK(error_of([&] { refuse(findings); }) ==
        "5: cannot run an HVM guest: the processor's VT-x or AMD-V is missing or switched off; "
        "switch it on in the firmware setup");
}

TEST_CASE("the profile traditional ends with Xen 4.20") {
  VmConfig vm = vm_with({});
  vm.device_model.profile = DeviceModelProfile::traditional;
  HypervisorInfo xen = xen_with(4096);
  xen.version = {4, 20};
  CHECK(check_xen(plan_of(vm, {}), xen) == Findings{});
  xen.version = {4, 21};
  CHECK(check_xen(plan_of(vm, {}), xen) ==
        Findings{{FindingCode::profile_dropped, "traditional",
                  "Xen dropped it in 4.21, and this is Xen 4.21", "use the profile upstream"}});
  CHECK(check_xen(plan_of(vm_with({}), {}), xen) == Findings{});
}

TEST_CASE("a PVH dom0 passes devices where Xen and its library can give their interrupts away") {
  const LaunchPlan plan = plan_of(vm_with({card(0)}), {card(0)});
  HypervisorInfo xen = xen_with(4096);
  xen.version = {4, 20};
  xen.dom0_is_pvh = true;
  CHECK(check_xen(plan, xen) == Findings{});
  LaunchPlan restricted = plan;
  restricted.device_model.restricted = true;
  CHECK(check_xen(restricted, xen) ==
        Findings{{FindingCode::not_restricted, "/qemu",
                  "dom0 is a PVH guest, which gives its devices' interrupts in another way",
                  "boot dom0 without dom0=pvh on Xen's command line, or remove "
                  "device_model.restricted"}});
  xen.gives_gsis_from_pvh = false;
  CHECK(check_xen(plan, xen) ==
        Findings{{FindingCode::dom0_is_pvh, "host",
                  "dom0 is a PVH guest, whose interrupts Xen 4.20 cannot give to another domain",
                  "boot dom0 without dom0=pvh on Xen's command line, or install Xen 4.21"}});
  CHECK(check_xen(plan_of(vm_with({}), {}), xen) == Findings{});
  xen.dom0_is_pvh = false;
  CHECK(check_xen(plan, xen) == Findings{});
}

TEST_CASE("memory has to be free for the guest and for what Xen needs for it") {
  // 256 MiB, 1 MiB of slack, a paging pool of 3 MiB, 4 MiB for the domain itself
  const LaunchPlan plan = plan_of(vm_with({}), {});
  CHECK(check_xen(plan, xen_with(264)).empty());
  CHECK(check_xen(plan, xen_with(263)) ==
        Findings{{FindingCode::not_enough_memory, "256 MiB",
                  "with what Xen itself needs for it that is 264 MiB, and 263 MiB are free",
                  "lower memory, end other VMs, or make dom0 smaller (dom0_mem= on Xen's command "
                  "line)"}});
}

struct Owners : World {
  Findings check(const VmConfig& vm, const std::vector<PciFunction>& functions) {
    return check_names(plan_of(vm, functions), store, xen);
  }
  void add_domain(Domid domid, const std::string& name, const std::string& uuid) {
    xen.domains[domid] = {.domid = domid};
    const std::string path = "/local/domain/" + std::to_string(domid);
    store.nodes[path + "/name"] = name;
    store.nodes[path + "/vm"] = "/vm/" + uuid;
  }
};

TEST_CASE("a name, uuid or device of a VM that lives is taken") {
  Owners world;
  world.add_domain(3, "vm", "U");
  world.store.nodes["/libxl/pci/0000-01-00-0/domid"] = "3";
  VmConfig vm = vm_with({card(0)});
  vm.uuid = "U";
  CHECK(world.check(vm, {card(0)}) ==
        Findings{{FindingCode::name_taken, "vm", "domain 3 has it", ""},
                 {FindingCode::uuid_taken, "U", "vm (domain 3) has it", ""}});
  CHECK(device_owners({card(0), card(1)}, world.store, world.xen) ==
        DeviceOwners{{card(0).address, {.domid = 3, .name = "vm"}}});
}

TEST_CASE("what a VM left that is no more is free") {
  Owners world;
  world.add_domain(3, "vm", "U");
  world.xen.domains.erase(3);
  world.store.nodes["/libxl/pci/0000-01-00-0/domid"] = "3";
  world.store.nodes["/local/domain/x/name"] = "vm";
  VmConfig vm = vm_with({card(0)});
  vm.uuid = "U";
  CHECK(world.check(vm, {card(0)}).empty());
  CHECK(device_owners({card(0)}, world.store, world.xen).empty());
  CHECK(world.journal.lines.empty());
}

TEST_CASE("a VM without a GPU needs none looked at") {
  const VmConfig vm = vm_with({{0, 0, 3, 0}});
  CHECK_FALSE(
      passes_a_gpu(resolve(vm, {.functions = {sound()}, .pciback_loaded = true}, settings())));
}

}  // namespace
}  // namespace xenlaunch::test
