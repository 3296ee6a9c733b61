#include "launcher/run/settle_devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "launcher/boot/host_boot.h"
#include "launcher/host/dom0_needs.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/lock.h"
#include "launcher/run/last_choices.h"
#include "launcher/undo/journal_content.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {
namespace {

std::string lock_of(const PciFunction& function) {
  return "pci-" + function.address.to_string();
}

/// What the VM has that runs by this name, if one does: of no weight to who only looks.
std::vector<PciAddress> devices_it_has(const std::string& vm, const Directories& directories) {
  std::vector<PciAddress> devices;
  if (const auto chosen = StateFolder{directories.state, vm}.read_devices())
    for (const auto& [index, device] : *chosen) devices.push_back(device);
  return devices;
}

bool has(const std::vector<PciAddress>& devices, const PciFunction& function) {
  return std::ranges::any_of(devices, [&function](const PciAddress& device) {
    return device.same_device(function.address);
  });
}

/// Devices that other VMs have by their journals, and that nobody looks after.
std::map<PciAddress, std::string> left_devices(const std::string& vm,
                                               const Directories& directories) {
  std::map<PciAddress, std::string> left;
  for (const std::string& other : vms_with_state(directories.state)) {
    if (other == vm || lock_holder(directories.locks, "vm-" + other)) continue;
    const StateFolder folder{directories.state, other};
    try {
      if (const auto text = folder.read_journal())
        for (const PciAddress& device :
             devices_of(parse_journal(*text, folder.journal().string(), other, boot_id())))
          left.emplace(device, other);
    } catch (const Error&) {
      continue;  // another boot's, or told of by who recovers
    }
  }
  return left;
}

void read_nodes(ChoiceFacts& facts, const std::vector<PciFunction>& functions, const VmConfig& vm,
                XenHost* xen) {
  const bool matters = std::ranges::any_of(
      vm.pci, [](const PciDeviceConfig& device) { return device.select && device.select->numa; });
  if (!matters || xen == nullptr) return;
  std::vector<PciAddress> addresses;
  for (const PciFunction& function : functions) addresses.push_back(function.address);
  const std::vector<std::optional<unsigned>> nodes = xen->numa_nodes(addresses);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i]) facts.nodes.emplace(addresses[i], *nodes[i]);
}

ChoiceFacts read_facts(const VmConfig& vm, const ThisHost& host, const std::filesystem::path& root,
                       const HostSettings& settings, bool is_copy, Progress& progress) {
  const std::unique_ptr<Hypervisor> xen = connect_where_xen_runs(root, host);
  const HostPci pci = read_host_pci(root);
  const std::vector<PciFunction> functions = functions_in_question(vm, pci);
  ChoiceFacts facts{.devices = read_device_facts(root, pci, settings, xen.get())};
  facts.devices.dom0_needs = read_dom0_needs(root, functions);
  read_nodes(facts, functions, vm, xen.get());
  if (is_copy) return facts;
  if (xen) facts.devices.owners = device_owners(pci.functions, *host.store(), *xen);
  const LastChoices last{host.directories.chosen};
  facts.before = last.of(vm.name, progress);
  facts.of_others = last.of_others(vm.name);
  facts.left = left_devices(vm.name, host.directories);
  return facts;
}

/// Takes the locks of all of them, or of none.
std::string lock_all(const std::vector<PciFunction>& functions, Locks& locks,
                     std::vector<std::shared_ptr<void>>& held) {
  std::vector<std::shared_ptr<void>> taken;
  for (const PciFunction& function : functions) {
    const std::string action = "pass " + function.address.to_string();
    try {
      taken.push_back(locks.take(lock_of(function), action));
    } catch (const Error& error) {
      const std::string text = error.what();
      const std::string head = "cannot " + action + ": ";
      return text.starts_with(head) ? text.substr(head.size()) : text;
    }
  }
  held.insert(held.end(), taken.begin(), taken.end());
  return {};
}

/// Of those that the running VM itself does not have; "" where nobody holds them.
std::string who_holds(const std::vector<PciFunction>& functions, const std::vector<PciAddress>& own,
                      const Directories& directories) {
  for (const PciFunction& function : functions)
    if (!has(own, function))
      if (const auto holder = lock_holder(directories.locks, lock_of(function)))
        return fmt::format("process {}{} holds it", holder->pid,
                           holder->purpose.empty() ? "" : " (" + holder->purpose + ")");
  return {};
}

void ignore_own(ChoiceFacts& facts, const std::string& vm) {
  std::erase_if(facts.devices.owners, [&vm](const auto& owned) { return owned.second.name == vm; });
}

}  // namespace

SettledVm settle_devices(const VmConfig& vm, const ThisHost& host,
                         const std::filesystem::path& root, const HostSettings& settings,
                         Locks* locks, Progress& progress) {
  if (!has_open_devices(vm)) {
    DeviceChoice as_named;
    for (std::size_t i = 0; i < vm.pci.size(); ++i) as_named.devices.emplace(i, vm.pci[i].address);
    return {vm, std::move(as_named)};
  }
  const bool is_copy = root != "/" && locks == nullptr;
  ChoiceFacts facts = read_facts(vm, host, root, settings, is_copy, progress);
  if (locks == nullptr) ignore_own(facts, vm.name);
  const std::vector<PciAddress> own = is_copy || locks != nullptr
                                          ? std::vector<PciAddress>{}
                                          : devices_it_has(vm.name, host.directories);
  // One after the other, or two VMs that want two devices each could get one each, and neither be
  // started. Let go of behind the devices of one that is refused.
  std::optional<Lock> turn;
  if (locks != nullptr)
    turn.emplace(host.directories.locks, "select", "xenlaunch start " + vm.name,
                 "choose devices for " + vm.name, Lock::Mode::wait);
  SettledVm settled;
  settled.choice =
      choose_devices(vm, facts, [&](const std::vector<PciFunction>& functions) -> std::string {
        if (locks != nullptr) return lock_all(functions, *locks, settled.locks);
        return is_copy ? "" : who_holds(functions, own, host.directories);
      });
  refuse(settled.choice.refusals);
  settled.vm = with_chosen(vm, settled.choice.devices);
  return settled;
}

std::vector<std::string> what_was_chosen(const VmConfig& vm, const DeviceChoice& choice) {
  std::vector<std::string> lines;
  for (const auto& [index, function] : choice.selected)
    lines.push_back(fmt::format("{} ({}) was chosen as {}", function.address.to_string(),
                                function.id.to_string(), to_string(*vm.pci[index].select)));
  return lines;
}

void remember_choice(const std::string& vm, const DeviceChoice& choice, const ThisHost& host,
                     Progress& progress) {
  if (choice.selected.empty()) return;
  ChosenDevices chosen;
  for (const auto& [index, function] : choice.selected) chosen.emplace(index, function.address);
  LastChoices{host.directories.chosen}.remember(vm, chosen, progress);
}

}  // namespace xenlaunch
