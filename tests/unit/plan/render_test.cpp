#include "launcher/plan/render.h"

#include <algorithm>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"
#include "xenstore/paths.h"

namespace xenlaunch::test {
namespace {

using Nodes = std::vector<Node>;

constexpr Access none = Access::dom0_only;
constexpr Access reads = Access::guest_reads;
constexpr Access owns = Access::guest_owns;
constexpr Access frontend = Access::guest_owns_dom0_reads;

/// A VM without devices, its card emulated.
LaunchPlan small() {
  VmConfig vm = vm_with({});
  vm.vcpus = 2;
  return plan_of(vm, {});
}

LaunchPlan with_two_devices(DeviceModelProfile profile = DeviceModelProfile::upstream) {
  VmConfig vm = vm_with({igd(), card(0)});
  vm.device_model.profile = profile;
  vm.pci[1].permissive = true;
  vm.pci[1].rdm_policy = RdmPolicy::relaxed;
  vm.disks = {{.image = "/disk", .target = "hda"}};
  return plan_of(vm, {igd(), card(0)});
}

const Facts facts{.domid = "7",
                  .uuid = "U",
                  .start_time = "1700000000.5",
                  .store_port = "1",
                  .store_ring = "1044476",
                  .console_port = "2",
                  .console_ring = "1044479"};

TEST_CASE("the nodes of a new domain are libxl's, with what hvmloader reads") {
  const std::string domain = "/local/domain/7";
  CHECK(render_domain_nodes(small(), facts) ==
        Nodes{{domain, "", reads},
              {"/vm/U", "", reads},
              {"/libxl/7", "", none},
              {"/libxl/7/device", "", none},
              {domain + "/vm", "/vm/U", reads},
              {domain + "/name", "vm", reads},
              {domain + "/cpu", "", reads},
              {domain + "/memory", "", reads},
              {domain + "/device", "", reads},
              {domain + "/control", "", reads},
              {domain + "/hvmloader", "", reads},
              {domain + "/device/suspend/event-channel", "", owns},
              {domain + "/control/shutdown", "", owns},
              {domain + "/control/feature-poweroff", "", owns},
              {domain + "/control/feature-reboot", "", owns},
              {domain + "/control/feature-suspend", "", owns},
              {domain + "/control/feature-s3", "", owns},
              {domain + "/control/feature-s4", "", owns},
              {domain + "/control/sysrq", "", owns},
              {domain + "/data", "", owns},
              {domain + "/drivers", "", owns},
              {domain + "/feature", "", owns},
              {domain + "/attr", "", owns},
              {domain + "/error", "", owns},
              {domain + "/control/platform-feature-multiprocessor-suspend", "1", reads},
              {domain + "/control/platform-feature-xs_reset_watches", "1", reads},
              {"/vm/U/uuid", "U", reads},
              {"/vm/U/name", "vm", reads},
              {"/libxl/7/type", "hvm", none},
              {"/libxl/7/dm-version", "qemu_xen", none},
              {domain + "/hvmloader/bios", "seabios", reads},
              {domain + "/hvmloader/allow-memory-relocate", "0", reads},
              {domain + "/platform/acpi", "1", reads},
              {domain + "/platform/acpi_s3", "1", reads},
              {domain + "/platform/acpi_s4", "1", reads},
              {domain + "/platform/acpi_laptop_slate", "0", reads},
              {domain + "/platform/device-model", "qemu_xen", reads},
              {"/local/domain/0/device-model/7", "", none}});
}

TEST_CASE("the nodes of a built domain give its memory, vCPUs, rings and console") {
  const std::string domain = "/local/domain/7";
  CHECK(render_build_nodes(small(), facts) ==
        Nodes{{domain + "/memory/static-max", "262144", reads},
              {domain + "/memory/target", "253952", reads},
              {domain + "/memory/videoram", "8192", reads},
              {domain + "/domid", "7", reads},
              {domain + "/store/port", "1", reads},
              {domain + "/store/ring-ref", "1044476", reads},
              {domain + "/cpu/0/availability", "online", reads},
              {domain + "/cpu/1/availability", "online", reads},
              {"/vm/U/rtc/timeoffset", "0", reads},
              {"/vm/U/image/ostype", "hvm", reads},
              {"/vm/U/start_time", "1700000000.5", reads},
              {domain + "/console", "", reads},
              {domain + "/console/limit", "1048576", reads},
              {domain + "/console/type", "xenconsoled", reads},
              {domain + "/console/output", "pty", reads},
              {domain + "/console/tty", "", reads},
              {domain + "/console/port", "2", reads},
              {domain + "/console/ring-ref", "1044479", reads}});
}

TEST_CASE(
    "the nodes of the passed devices tell pciback who they are and where the guest has them") {
  const std::string back = "/local/domain/0/backend/pci/7/0";
  const std::string front = "/local/domain/7/device/pci/0";
  CHECK(
      render_pci_nodes(with_two_devices(), facts) ==
      Nodes{
          {back, "", reads},
          {back + "/frontend", front, reads},
          {back + "/frontend-id", "7", reads},
          {back + "/online", "1", reads},
          {back + "/state", "1", reads},
          {back + "/domain", "vm", reads},
          {back + "/key-0", "0000:00:02.0", reads},
          {back + "/dev-0", "0000:00:02.0", reads},
          {back + "/vdevfn-0", "10", reads},
          {back + "/opts-0", "msitranslate=0,power_mgmt=0,permissive=0,rdm_policy=strict", reads},
          {back + "/state-0", "1", reads},
          {back + "/key-1", "0000:01:00.0", reads},
          {back + "/dev-1", "0000:01:00.0", reads},
          {back + "/vdevfn-1", "30", reads},
          {back + "/opts-1", "msitranslate=0,power_mgmt=0,permissive=1,rdm_policy=relaxed", reads},
          {back + "/state-1", "1", reads},
          {back + "/num_devs", "2", reads},
          {front, "", frontend},
          {front + "/backend", back, frontend},
          {front + "/backend-id", "0", frontend},
          {front + "/state", "1", frontend}});
}

TEST_CASE("without devices pciback is told nothing") {
  CHECK(render_pci_nodes(small(), facts).empty());
}

/// The nodes of `plan`'s new domain that `small` does not have, as it has it.
Nodes differing(const LaunchPlan& plan) {
  const Nodes usual = render_domain_nodes(small(), facts);
  Nodes other;
  for (const Node& node : render_domain_nodes(plan, facts))
    if (std::find(usual.begin(), usual.end(), node) == usual.end()) other.push_back(node);
  return other;
}

TEST_CASE("traditional QEMU's domain says so, and boots by rombios") {
  VmConfig vm = vm_with({});
  vm.device_model.profile = DeviceModelProfile::traditional;
  CHECK(differing(plan_of(vm, {})) ==
        Nodes{{"/libxl/7/dm-version", "qemu_xen_traditional", none},
              {"/local/domain/7/hvmloader/bios", "rombios", reads},
              {"/local/domain/7/platform/device-model", "qemu_xen_traditional", reads}});
}

TEST_CASE("hvmloader is told to let the platform device be cached, from the Xen on that knows it") {
  const std::string node = "/local/domain/7/hvmloader/pci/xen-platform-pci-bar-uc";
  const auto written = [&node](const XenVersion& xen) {
    LaunchPlan plan = small();
    plan.xen = xen;
    const std::vector<Node> nodes = render_domain_nodes(plan, facts);
    return std::ranges::count(nodes, Node{node, "0", Access::guest_reads});
  };
  CHECK(written({4, 20}) == 0);
  CHECK(written({4, 21}) == 1);
}

TEST_CASE("hvmloader is told of a hole that is not the usual size") {
  PciFunction big = card(0);
  big.resources[1] = {.start = 0xc0000000, .size = 256 * mib, .flags = memory_32bit};
  CHECK(differing(plan_of(vm_with({big}), {big})) ==
        Nodes{{"/local/domain/7/platform/mmio_hole_size", "536870912", reads}});
}

TEST_CASE("xenstore gets the domain's nodes, then the devices', then the built domain's") {
  const LaunchPlan plan = with_two_devices();
  Nodes expected = render_domain_nodes(plan, facts);
  for (const Nodes& part : {render_pci_nodes(plan, facts), render_build_nodes(plan, facts)})
    expected.insert(expected.end(), part.begin(), part.end());
  CHECK(render_xenstore(plan, facts) == expected);
}

bool below(const std::string& path, const std::vector<std::string>& roots) {
  return std::any_of(roots.begin(), roots.end(), [&path](const std::string& root) {
    return path == root || path.starts_with(root + "/");
  });
}

TEST_CASE("removing the roots takes every node away again, and no other domain's") {
  const LaunchPlan plan = with_two_devices();
  for (const Node& node : render_pci_nodes(plan, facts)) {
    CAPTURE(node.path);
    CHECK(below(node.path, pci_node_roots(facts)));
  }
  std::vector<std::string> roots = domain_node_roots(facts);
  for (const std::string& root : pci_node_roots(facts)) roots.push_back(root);
  for (const Node& node : render_xenstore(plan, facts)) {
    CAPTURE(node.path);
    CHECK(below(node.path, roots));
  }
  for (const std::string& root : roots) {
    CAPTURE(root);
    CHECK((root == "/vm/U" || root == "/local/domain/7/device/pci" || root.ends_with("/7")));
  }
}

TEST_CASE("every node is written once") {
  std::vector<std::string> paths;
  for (const Node& node : render_xenstore(with_two_devices(), facts)) paths.push_back(node.path);
  std::sort(paths.begin(), paths.end());
  CHECK(std::adjacent_find(paths.begin(), paths.end()) == paths.end());
}

TEST_CASE("a dry run leaves words where only the start knows") {
  CHECK(domain_node_roots({}) == std::vector<std::string>{"/local/domain/DOMID", "/vm/UUID",
                                                          "/libxl/DOMID",
                                                          "/local/domain/0/backend/qdisk/DOMID",
                                                          "/local/domain/0/device-model/DOMID"});
  const Nodes nodes = render_build_nodes(small(), {});
  const auto has = [&nodes](const Node& node) {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  };
  CHECK(has({"/local/domain/DOMID/store/port", "STORE_PORT", reads}));
  CHECK(has({"/local/domain/DOMID/store/ring-ref", "STORE_RING_REF", reads}));
  CHECK(has({"/local/domain/DOMID/console/port", "CONSOLE_PORT", reads}));
  CHECK(has({"/local/domain/DOMID/console/ring-ref", "CONSOLE_RING_REF", reads}));
  CHECK(has({"/vm/UUID/start_time", "START_TIME", reads}));
}

TEST_CASE("a device's record has libxl's name") {
  CHECK(pci_record({0, 0, 2, 0}) == "/libxl/pci/0000-00-02-0");
  CHECK(pci_record({0xabcd, 0x65, 31, 7}) == "/libxl/pci/abcd-65-1f-7");
}

TEST_CASE("what is taken from a toolstack's domain is what QEMU needed, and no more") {
  const std::vector<std::string> qemus{
      "/local/domain/0/device-model/7",     "/local/domain/7/image/device-model-pid",
      "/local/domain/7/serial/0/tty",       "/local/domain/7/console/vnc-port",
      "/local/domain/7/console/vnc-listen", "/local/domain/0/backend/qdisk/7"};
  CHECK(device_node_roots(small(), facts) == qemus);

  const LaunchPlan plan = with_two_devices();
  std::vector<std::string> with_disk = qemus;
  for (const char* root : {"/local/domain/0/backend/qdisk/7/768", "/local/domain/7/device/vbd/768",
                           "/libxl/7/device/vbd/768"})
    with_disk.emplace_back(root);
  CHECK(device_node_roots(plan, facts) == with_disk);
  for (const Node& node : render_device_nodes(plan, facts)) {
    CAPTURE(node.path);
    CHECK(below(node.path, device_node_roots(plan, facts)));
  }
  CHECK(device_node_roots(with_two_devices(DeviceModelProfile::traditional), facts) == qemus);
}

TEST_CASE("UEFI is the guest's firmware where the VM file says so") {
  VmConfig vm = vm_with({});
  vm.firmware = Firmware::ovmf;
  const LaunchPlan plan = plan_of(vm, {});
  CHECK(plan.domain.firmware == settings().ovmf);
  const std::vector<Node> nodes = render_domain_nodes(plan, {.domid = "7", .uuid = "U"});
  const auto bios = std::ranges::find(nodes, "/local/domain/7/hvmloader/bios", &Node::path);
  REQUIRE(bios != nodes.end());
  CHECK(bios->value == "ovmf");
}

TEST_CASE("the guest of a restricted QEMU is offered no sleep, of which QEMU could not tell Xen") {
  LaunchPlan plan = plan_of(vm_with({}), {});
  const auto sleep_of = [&plan] {
    const std::vector<Node> nodes = render_xenstore(plan, Facts{});
    return std::ranges::find_if(
               nodes, [](const Node& node) { return node.path.ends_with("/platform/acpi_s3"); })
        ->value;
  };
  CHECK(sleep_of() == "1");
  plan.device_model.restricted = true;
  CHECK(sleep_of() == "0");
}

}  // namespace
}  // namespace xenlaunch::test
