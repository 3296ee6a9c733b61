#include "launcher/plan/nics.h"

#include <set>

#include "launcher/plan/nic_nodes.h"
#include "launcher/plan/nic_steps.h"
#include "tests/unit/print_undo.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

const MacAddress given{{0x00, 0x16, 0x3e, 0x0a, 0x0b, 0x0c}};

VmConfig vm_with_nics(std::vector<NicConfig> nics) {
  VmConfig vm = vm_with({});
  vm.nics = std::move(nics);
  return vm;
}

TEST_CASE("a MAC address is six bytes in hex, and is written in lower case") {
  CHECK((MacAddress::parse("00:16:3E:0a:0b:0C") == given));
  CHECK(given.to_string() == "00:16:3e:0a:0b:0c");
  CHECK_FALSE(given.is_multicast());
  CHECK(MacAddress{{1, 0, 0, 0, 0, 0}}.is_multicast());
  CHECK(MacAddress{}.is_zero());
  for (const char* bad : {"", "00:16:3e:0a:0b", "00:16:3e:0a:0b:0c:", "00:16:3e:0a:0b:0x",
                          "0x:16:3e:0a:0b:0c", "00-16-3e-0a-0b-0c", "00:16:3e:0a:0b:-c"}) {
    CAPTURE(bad);
    CHECK_FALSE(MacAddress::parse(bad).has_value());
  }
}

TEST_CASE("a card's default address stays the same for ever") {
  // Never change these: guests know their network by the address.
  CHECK(default_mac("win10", 0).to_string() == "00:16:3e:2f:d9:78");
  CHECK(default_mac("win10", 1).to_string() == "00:16:3e:2f:d9:79");
  CHECK(default_mac("5f0c6a52-9f6a-4a4e-8a0e-0c5f3c6f7d11", 0).to_string() == "00:16:3e:0d:a8:72");
  CHECK(default_mac("", 0).to_string() == "00:16:3e:22:23:25");
}

TEST_CASE("default addresses have Xen's prefix, and are others for each card and VM") {
  std::set<MacAddress> all;
  for (unsigned vm = 0; vm < 50; ++vm)
    for (unsigned index = 0; index < max_nics; ++index) {
      const MacAddress mac = default_mac("vm" + std::to_string(vm), index);
      CHECK(mac.to_string().starts_with("00:16:3e:"));
      CHECK(mac.bytes[3] < 0x80);  // libxl keeps to that half, too
      all.insert(mac);
    }
  CHECK(all.size() == 50 * max_nics);
}

TEST_CASE("the uuid of the file decides over a default address, else the name does") {
  VmConfig vm = vm_with_nics({{.bridge = "a", .mac = given}, {.bridge = "b"}});
  std::vector<NicConfig> expected = vm.nics;
  expected[1].mac = default_mac("vm", 1);
  CHECK((plan_nics(vm) == expected));
  vm.uuid = "5f0c6a52-9f6a-4a4e-8a0e-0c5f3c6f7d11";
  expected[1].mac = default_mac(*vm.uuid, 1);
  CHECK((plan_nics(vm) == expected));
  vm.nics[0].mac = expected[1].mac;
  CHECK(error_of([&] { plan_nics(vm); }) ==
        "3: cannot give nics[1] an address: another card of the VM has " +
            expected[1].mac->to_string() + ", which would be its; set its mac");
}

TEST_CASE("emulated cards stand from slot 1c down, each in its own whatever the others are") {
  CHECK((emulated_nics({{.bridge = "a", .mac = given, .model = NicModel::none},
                        {.bridge = "b", .mac = given, .model = NicModel::e1000, .boot = false}}) ==
         std::vector<EmulatedNic>{{.index = 1,
                                   .model = NicModel::e1000,
                                   .mac = given,
                                   .bridge = "b",
                                   .slot = 0x1b,
                                   .has_boot_rom = false}}));
  const std::vector<EmulatedNic> all =
      emulated_nics(std::vector<NicConfig>(max_nics, NicConfig{.mac = given}));
  CHECK(all.front().slot == 0x1c);
  CHECK(all.back().slot == 0x15);
}

TEST_CASE("a card's nodes are those of libxl") {
  const std::string backend = "/local/domain/0/backend/vif/7/0";
  const std::string frontend = "/local/domain/7/device/vif/0";
  const std::string record = "/libxl/7/device/vif/0";
  const Access reads = Access::guest_reads;
  const Access owns = Access::guest_owns_dom0_reads;
  const Access none = Access::dom0_only;
  Facts facts;
  facts.domid = "7";
  CHECK(nic_nodes({{.bridge = "xenbr0", .mac = given}}, facts) ==
        std::vector<Node>{{record, "", none},
                          {record + "/frontend", frontend, none},
                          {record + "/backend", backend, none},
                          {record + "/frontend-id", "7", none},
                          {record + "/online", "1", none},
                          {record + "/state", "1", none},
                          {record + "/script", "/etc/xen/scripts/vif-bridge", none},
                          {record + "/mac", "00:16:3e:0a:0b:0c", none},
                          {record + "/bridge", "xenbr0", none},
                          {record + "/handle", "0", none},
                          {record + "/type", "vif_ioemu", none},
                          {record + "/hotplug-status", "", none},
                          {frontend, "", owns},
                          {frontend + "/backend", backend, owns},
                          {frontend + "/backend-id", "0", owns},
                          {frontend + "/state", "1", owns},
                          {frontend + "/handle", "0", owns},
                          {frontend + "/mac", "00:16:3e:0a:0b:0c", owns},
                          {frontend + "/trusted", "1", owns},
                          {frontend + "/mtu", "1500", reads},
                          {backend, "", reads},
                          {backend + "/frontend", frontend, reads},
                          {backend + "/frontend-id", "7", reads},
                          {backend + "/online", "1", reads},
                          {backend + "/state", "1", reads},
                          {backend + "/script", "/etc/xen/scripts/vif-bridge", reads},
                          {backend + "/mac", "00:16:3e:0a:0b:0c", reads},
                          {backend + "/bridge", "xenbr0", reads},
                          {backend + "/handle", "0", reads},
                          {backend + "/type", "vif_ioemu", reads},
                          {backend + "/hotplug-status", "", reads}});
  CHECK(nic_node_roots(facts) == std::vector<std::string>{"/local/domain/0/backend/vif/7",
                                                          "/local/domain/7/device/vif",
                                                          "/libxl/7/device/vif"});
}

TEST_CASE("what the file says of a card is in its nodes") {
  const std::vector<Node> nodes = nic_nodes({{.bridge = "a", .mac = given},
                                             {.bridge = "b",
                                              .mac = given,
                                              .model = NicModel::none,
                                              .script = "/s",
                                              .ip = "10.0.0.2 fd00::2",
                                              .rate = NicRate{625000, 50000},
                                              .mtu = 1500,
                                              .trusted = false}},
                                            Facts{});
  const auto value_of = [&nodes](const std::string& path) {
    for (const Node& node : nodes)
      if (node.path == path) return node.value;
    return std::string{"no such node"};
  };
  const std::string backend = "/local/domain/0/backend/vif/DOMID/1/";
  const std::string frontend = "/local/domain/DOMID/device/vif/1/";
  CHECK(value_of(backend + "ip") == "10.0.0.2 fd00::2");
  CHECK(value_of(backend + "rate") == "625000,50000");
  CHECK(value_of(backend + "mtu") == "1500");
  CHECK(value_of(backend + "handle") == "1");
  CHECK(value_of(backend + "type") == "vif");
  CHECK(value_of(backend + "script") == "/s");
  CHECK(value_of("/libxl/DOMID/device/vif/1/ip") == "10.0.0.2 fd00::2");
  CHECK(value_of(frontend + "mtu") == "1500");
  CHECK(value_of(frontend + "trusted") == "0");
  CHECK(value_of(frontend + "handle") == "1");
}

std::vector<StepKind> kinds_from(const LaunchPlan& plan, StepKind first) {
  std::vector<StepKind> kinds;
  for (const Step& step : plan.steps)
    if (!kinds.empty() || step.kind == first) kinds.push_back(step.kind);
  return kinds;
}

TEST_CASE("scripts start as soon as they can, and are waited for before the guest runs") {
  using enum StepKind;
  const LaunchPlan plan =
      plan_of(vm_with_nics({{.bridge = "a", .script = "/s"},
                            {.bridge = "b", .model = NicModel::none, .script = "/t"}}),
              {});
  CHECK((kinds_from(plan, write_domain_nodes) ==
         std::vector{write_domain_nodes, write_nic_nodes, start_vif_script, start_vif_script,
                     release_device_model, build_domain, introduce_domain, await_device_model,
                     start_tap_script, publish_serial, await_nic_scripts, unpause}));
  const ScriptedNic first{.index = 0, .script = "/s", .is_emulated = true};
  const ScriptedNic second{.index = 1, .script = "/t", .is_emulated = false};
  CHECK(
      (steps_to_connect_vifs(plan) ==
       std::vector<Step>{
           {.kind = write_nic_nodes,
            .action = "write the network cards' xenstore nodes",
            .undo = {.kind = UndoKind::remove_nic_nodes,
                     .label = "end the network cards and wait until xen-netback has let go of them",
                     .nodes = nic_node_roots(Facts{})}},
           {.kind = start_vif_script,
            .action = "start the script that puts network card 0 on a",
            .undo = {.kind = UndoKind::disconnect_vif,
                     .label = "take network card 0 from a",
                     .nic = first},
            .nic = 0},
           {.kind = start_vif_script,
            .action = "start the script that puts network card 1 on b",
            .undo = {.kind = UndoKind::disconnect_vif,
                     .label = "take network card 1 from b",
                     .nic = second},
            .nic = 1}}));
  CHECK((steps_to_connect_taps(plan) ==
         std::vector<Step>{
             {.kind = start_tap_script,
              .action = "start the script that puts the emulation of network card 0 on a",
              .undo = {.kind = UndoKind::disconnect_tap,
                       .label = "take the emulation of network card 0 from a",
                       .nic = first},
              .nic = 0}}));
  CHECK((kinds_from(plan_of(vm_with({}), {}), await_device_model) ==
         std::vector{await_device_model, publish_serial, unpause}));
}

TEST_CASE("a toolstack's domain has its network cards already") {
  CHECK(error_of([] { plan_of(vm_with_nics({{.bridge = "a"}}), {}, {.attach = true}); }) ==
        "3: cannot attach to a domain with network cards: those of a domain that a toolstack has "
        "built are the toolstack's; remove nics");
}

TEST_CASE("a passed device gives way to the emulated cards, whose ROMs need room as well") {
  VmConfig vm = vm_with({sound()});
  vm.nics.resize(1);
  vm.nics[0].bridge = "a";
  const LaunchPlan plan = plan_of(vm, {sound()});
  CHECK(plan.device_model.passthrough.front().slot == 0x06);
  CHECK(plan.device_model.nics.front().slot == 0x1c);
  CHECK(plan.domain.slack_kib == 1024 + 512);
  CHECK((plan.nics.front().mac == default_mac("vm", 0)));
}

}  // namespace
}  // namespace xenlaunch::test
