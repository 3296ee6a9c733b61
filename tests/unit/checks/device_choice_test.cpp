#include "launcher/checks/device_choice.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Findings = std::vector<Finding>;

constexpr PciId id{0x10de, 0x2684};
constexpr PciAddress first{0, 1, 0, 0};
constexpr PciAddress second{0, 2, 0, 0};

PciFunction gpu_at(const PciAddress& address) {
  PciFunction gpu = function_at(address, id, 0x030000);
  gpu.reset_methods = {"flr"};
  return gpu;
}

/// Two GPUs of one kind, either of which can be passed, and a card of another kind.
struct Host {
  ChoiceFacts facts{.devices = {.pci = host_with({gpu_at(first), gpu_at(second), card(1)}),
                                .integrated_vendors = {0x8086},
                                .xen = HypervisorInfo{.hvm = true, .iommu = true}}};
  std::map<PciAddress, std::string> locked{};
  std::vector<PciAddress> held{};

  Host() { facts.devices.pci.functions[2].address = {0, 3, 0, 0}; }

  void owned(const PciAddress& device, const std::string& vm) {
    facts.devices.owners[device] = {.domid = 3, .name = vm};
  }
  DeviceChoice choose(const VmConfig& vm) {
    return choose_devices(vm, facts, [this](const std::vector<PciFunction>& functions) {
      for (const PciFunction& function : functions)
        if (locked.contains(function.address)) return locked[function.address];
      for (const PciFunction& function : functions) held.push_back(function.address);
      return std::string{};
    });
  }
};

PciDeviceConfig selected(const PciSelect& select) {
  PciDeviceConfig device;
  device.select = select;
  return device;
}

VmConfig vm_of(std::vector<PciDeviceConfig> devices) {
  VmConfig vm = vm_with({});
  vm.pci = std::move(devices);
  return vm;
}

DeviceChoice chose(std::map<std::size_t, PciAddress> devices) {
  DeviceChoice choice;
  choice.devices = devices;
  for (const auto& [index, device] : devices) choice.selected.emplace(index, gpu_at(device));
  return choice;
}

const VmConfig any_gpu = vm_of({selected({.gpu = true})});
const VmConfig any_two = vm_of({selected({.id = id}), selected({.gpu = true})});

TEST_CASE("where no device is open, the choice is what the file says, and nothing is looked at") {
  const VmConfig vm = vm_with({gpu_at(first)});
  CHECK(!has_open_devices(vm));
  CHECK(has_open_devices(any_gpu));
  Host host;
  DeviceChoice as_named;
  as_named.devices = {{0, first}};
  CHECK(host.choose(vm) == as_named);
  CHECK(host.held == std::vector<PciAddress>{});
}

TEST_CASE("the first by address is chosen, but the VM's last one before it, and others' behind") {
  Host host;
  CHECK(host.choose(any_gpu) == chose({{0, first}}));
  CHECK(host.held == std::vector{first});
  host.facts.of_others = {first};
  CHECK(host.choose(any_gpu) == chose({{0, second}}));
  host.facts.before = {{0, first}};
  CHECK(host.choose(any_gpu) == chose({{0, first}}));
  host.owned(first, "win1");
  CHECK(host.choose(any_gpu) == chose({{0, second}}));
}

TEST_CASE("whose lock is lost to another is not chosen") {
  Host host;
  host.locked = {{first, "process 7 (xenlaunch start win1) holds it"}};
  CHECK(host.choose(any_gpu) == chose({{0, second}}));
  CHECK(host.held == std::vector{second});
}

TEST_CASE("two entries never get the same, nor what the file names") {
  Host host;
  CHECK(host.choose(any_two) == chose({{0, first}, {1, second}}));
  DeviceChoice beside_one = chose({{1, second}});
  beside_one.devices[0] = first;
  CHECK(host.choose(vm_of({{.address = first}, selected({.gpu = true})})) == beside_one);
}

TEST_CASE("where none can be had, each is named with its reason") {
  Host host;
  host.owned(first, "win1");
  host.locked = {{second, "process 7 (xenlaunch start win2) holds it"}};
  const Findings reasons{
      {FindingCode::nothing_to_select, "a GPU", "none of the 2 that this host has can be had", ""},
      {FindingCode::in_use_by_vm, "0000:01:00.0", "win1 (domain 3) has it", ""},
      {FindingCode::in_use_by_vm, "0000:02:00.0", "process 7 (xenlaunch start win2) holds it", ""}};
  CHECK(host.choose(any_gpu).refusals == reasons);
  CHECK(error_of([&] { refuse(reasons); }) ==
        "4: cannot pass a GPU: none of the 2 that this host has can be had\n"
        "cannot pass 0000:01:00.0: win1 (domain 3) has it\n"
        "cannot pass 0000:02:00.0: process 7 (xenlaunch start win2) holds it");
  VmConfig optional = any_gpu;
  optional.pci[0].optional = true;
  const DeviceChoice without = host.choose(optional);
  CHECK(without.refusals == Findings{});
  CHECK(without.devices == ChosenDevices{});
  CHECK(without.left_out.size() == 3);
  CHECK(without.left_out[0].severity == Severity::warns);
}

TEST_CASE("a host without any says so") {
  const VmConfig vm = vm_of({selected({.id = PciId{0x1002, 1}, .numa = 1})});
  CHECK(Host{}.choose(vm).refusals ==
        Findings{{FindingCode::nothing_to_select, "a device (1002:0001, NUMA node 1)",
                  "this host has none", "`xenlaunch pci list` shows what there is"}});
}

TEST_CASE("only what is at the NUMA node is chosen, and not what Xen does not know") {
  const VmConfig vm = vm_of({selected({.gpu = true, .numa = 1})});
  Host host;
  host.facts.nodes = {{first, 0}, {second, 1}};
  CHECK(host.choose(vm) == chose({{0, second}}));
  host.facts.nodes = {{first, 0}};
  CHECK(host.choose(vm).refusals == Findings{{FindingCode::nothing_to_select, "a GPU (NUMA node 1)",
                                              "the only one that this host has cannot be had", ""},
                                             {FindingCode::nothing_to_select, "0000:02:00.0",
                                              "at which NUMA node it is, is not known", ""}});
}

TEST_CASE("a device that a killed launcher had is left to who recovers it") {
  Host host;
  host.facts.left = {{first, "win1"}};
  CHECK(host.choose(any_gpu) == chose({{0, second}}));
  host.facts.devices.pci.functions.erase(host.facts.devices.pci.functions.begin() + 1);
  CHECK(host.choose(any_gpu).refusals.at(1) == Finding{FindingCode::in_use_by_vm, "0000:01:00.0",
                                                       "the launcher of win1 was killed and had it",
                                                       "`xenlaunch recover win1` gives it back"});
}

TEST_CASE("with functions: all every function of the card has to be free") {
  PciFunction audio = function_at({0, 1, 0, 1}, {0x10de, 0x22ba}, 0x040300);
  Host host;
  host.facts.devices.pci.functions.insert(host.facts.devices.pci.functions.begin() + 1, audio);
  VmConfig vm = any_gpu;
  vm.pci[0].all_functions = true;
  CHECK(functions_in_question(vm, host.facts.devices.pci).size() == 3);
  CHECK(host.choose(vm).devices == ChosenDevices{{0, first}});
  CHECK(host.held == std::vector{first, audio.address});
  host.owned(audio.address, "win1");
  CHECK(host.choose(vm).devices == ChosenDevices{{0, second}});
}

TEST_CASE("an integrated GPU without a video BIOS is chosen where the VM file has one") {
  Host host;
  PciFunction integrated = igd();
  integrated.has_rom_file = false;
  host.facts.devices.pci = host_with({integrated});
  VmConfig vm = vm_of({selected({.gpu = true})});
  CHECK(host.choose(vm).devices.empty());
  vm.pci[0].romfile = "/srv/igd.rom";
  CHECK(host.choose(vm).devices == std::map<std::size_t, PciAddress>{{0, igd_address}});
}

TEST_CASE("an integrated GPU is not chosen for a VM with another video card") {
  Host host;
  host.facts.devices.pci = host_with({igd()});
  VmConfig vm = any_gpu;
  vm.video_card = VideoCard::standard_vga;
  CHECK(host.choose(vm).refusals.at(1) ==
        Finding{FindingCode::nothing_to_select, "0000:00:02.0",
                "it is an integrated GPU, which goes only with video_card IGD_passthrough", ""});
}

TEST_CASE("an optional device that is busy is left out with a warning, a missing one is not") {
  Host host;
  VmConfig vm = vm_with({gpu_at(first), gpu_at(second)});
  vm.pci[0].optional = vm.pci[1].optional = true;
  vm.pci.push_back({.address = {0, 9, 0, 0}, .optional = true});
  host.owned(first, "win1");
  host.locked = {{second, "process 7 (xenlaunch start win2) holds it"}};
  const DeviceChoice choice = host.choose(vm);
  CHECK(choice.refusals == Findings{});
  CHECK(choice.devices == ChosenDevices{{2, {0, 9, 0, 0}}});
  CHECK(choice.left_out ==
        Findings{{FindingCode::in_use_by_vm, "0000:01:00.0", "win1 (domain 3) has it", "",
                  Severity::warns},
                 {FindingCode::in_use_by_vm, "0000:02:00.0",
                  "process 7 (xenlaunch start win2) holds it", "", Severity::warns}});
}

}  // namespace
}  // namespace xenlaunch::test
