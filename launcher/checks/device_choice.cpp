#include "launcher/checks/device_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "launcher/checks/device_findings.h"
#include "launcher/checks/preflight.h"
#include "launcher/plan/guest_functions.h"

namespace xenlaunch {
namespace {

bool contains(const std::vector<PciAddress>& addresses, const PciAddress& address) {
  return std::ranges::find(addresses, address) != addresses.end();
}

bool is_meant(const PciSelect& select, const PciFunction& function) {
  return (!select.id || *select.id == function.id) && (!select.gpu || is_physical_gpu(function)) &&
         (select.id || select.gpu || !function.is_bridge());
}

/// The device at `address`, and what goes along with it.
std::vector<PciFunction> group_of(PciDeviceConfig device, const PciAddress& address,
                                  const HostPci& pci) {
  device.address = address;
  std::vector<PciFunction> group;
  for (const PciDeviceConfig& one : with_all_functions({device}, pci))
    if (const PciFunction* function = pci.find(one.address)) group.push_back(*function);
  return group;
}

/// Whether somebody uses the device; another time it may be free.
bool is_busy(const Finding& finding) {
  return finding.code == FindingCode::in_use_by_vm || finding.code == FindingCode::in_use_by_dom0 ||
         finding.code == FindingCode::dom0_lives_on_it ||
         finding.code == FindingCode::virtual_functions_in_use;
}

Finding held_finding(const PciFunction& function, const std::string& why) {
  return {FindingCode::in_use_by_vm, function.address.to_string(), why, ""};
}

class Chooser {
 public:
  Chooser(const VmConfig& vm, const ChoiceFacts& facts, const Hold& hold)
      : vm_{vm}, known_{facts}, facts_{facts.devices}, hold_{hold} {}

  DeviceChoice choose() {
    for (const PciDeviceConfig& device : vm_.pci)
      if (!device.select) add(facts_, device, group_of(device, device.address, facts_.pci));
    for (std::size_t i = 0; i < vm_.pci.size(); ++i) {
      if (vm_.pci[i].select) continue;
      if (vm_.pci[i].optional)
        keep_where_free(i);
      else
        choice_.devices.emplace(i, vm_.pci[i].address);
    }
    for (std::size_t i = 0; i < vm_.pci.size(); ++i)
      if (vm_.pci[i].select) select(i);
    return std::move(choice_);
  }

 private:
  static void add(DeviceFacts& facts, const PciDeviceConfig& device,
                  const std::vector<PciFunction>& group) {
    for (const PciFunction& function : group) {
      facts.together.push_back(function.address);
      note_options(facts, device, function.address);
    }
  }

  /// What keeps the group from being passed now.
  std::vector<Finding> what_blocks(const PciDeviceConfig& device,
                                   const std::vector<PciFunction>& group) const {
    DeviceFacts facts = facts_;
    add(facts, device, group);
    std::vector<Finding> findings = findings_of(group, facts);
    std::erase_if(findings, [](const Finding& finding) { return !blocks(finding); });
    for (const PciFunction& function : group)
      if (const auto left = known_.left.find(function.address); left != known_.left.end())
        findings.push_back({FindingCode::in_use_by_vm, function.address.to_string(),
                            fmt::format("the launcher of {} was killed and had it", left->second),
                            fmt::format("`xenlaunch recover {}` gives it back", left->second)});
    return findings;
  }

  void leave_out(std::vector<Finding> findings) {
    for (Finding& finding : findings) {
      finding.severity = Severity::warns;
      choice_.left_out.push_back(std::move(finding));
    }
  }

  /// One that is missing stays: who plans says so.
  void keep_where_free(std::size_t index) {
    const PciDeviceConfig& device = vm_.pci[index];
    const std::vector<PciFunction> group = group_of(device, device.address, facts_.pci);
    std::vector<Finding> busy = what_blocks(device, group);
    std::erase_if(busy, [](const Finding& finding) { return !is_busy(finding); });
    if (busy.empty() && !group.empty())
      if (const std::string why = hold_(group); !why.empty())
        busy.push_back(held_finding(group.front(), why));
    if (busy.empty()) {
      choice_.devices.emplace(index, device.address);
      return;
    }
    for (const PciFunction& function : group) std::erase(facts_.together, function.address);
    leave_out(std::move(busy));
  }

  /// By how good they are for the VM; those of which the node is not known as well.
  std::vector<PciFunction> candidates(std::size_t index) const {
    const PciSelect& select = *vm_.pci[index].select;
    std::vector<PciFunction> found;
    for (const PciFunction& function : facts_.pci.functions) {
      const auto node = known_.nodes.find(function.address);
      const bool is_elsewhere =
          select.numa && node != known_.nodes.end() && node->second != *select.numa;
      if (is_meant(select, function) && !is_elsewhere) found.push_back(function);
    }
    const auto before = known_.before.find(index);
    std::ranges::stable_sort(found, {}, [&](const PciFunction& function) {
      if (before != known_.before.end() && before->second == function.address) return 0;
      return known_.of_others.contains(function.address) ? 2 : 1;
    });
    return found;
  }

  /// What speaks against a device in this VM, however it is in itself.
  std::string why_not_here(std::size_t index, const PciFunction& function) const {
    if (contains(facts_.together, function.address)) return "another entry under pci has it";
    if (vm_.pci[index].select->numa && !known_.nodes.contains(function.address))
      return "at which NUMA node it is, is not known";
    if (vm_.video_card && *vm_.video_card != VideoCard::igd_passthrough &&
        is_integrated_gpu(function, facts_.integrated_vendors))
      return "it is an integrated GPU, which goes only with video_card IGD_passthrough";
    return {};
  }

  /// What keeps the VM from having it; nothing where it has it now.
  std::vector<Finding> try_one(std::size_t index, const PciFunction& function) {
    const std::string why_not = why_not_here(index, function);
    if (!why_not.empty())
      return {{FindingCode::nothing_to_select, function.address.to_string(), why_not, ""}};
    const PciDeviceConfig& device = vm_.pci[index];
    std::vector<PciFunction> group = group_of(device, function.address, facts_.pci);
    std::erase_if(group, [this](const PciFunction& one) {
      return contains(facts_.together, one.address);  // the file names it itself
    });
    std::vector<Finding> findings = what_blocks(device, group);
    if (!findings.empty()) return findings;
    if (const std::string why = hold_(group); !why.empty()) return {held_finding(function, why)};
    add(facts_, device, group);
    choice_.devices.emplace(index, function.address);
    choice_.selected.emplace(index, function);
    return {};
  }

  void select(std::size_t index) {
    const PciSelect& select = *vm_.pci[index].select;
    const std::vector<PciFunction> all = candidates(index);
    std::vector<Finding> reasons{
        {FindingCode::nothing_to_select, to_string(select),
         all.empty() ? "this host has none"
         : all.size() == 1
             ? "the only one that this host has cannot be had"
             : fmt::format("none of the {} that this host has can be had", all.size()),
         all.empty() ? "`xenlaunch pci list` shows what there is" : ""}};
    for (const PciFunction& function : all) {
      const std::vector<Finding> findings = try_one(index, function);
      if (findings.empty()) return;
      for (const Finding& finding : findings)
        if (std::ranges::find(reasons, finding) == reasons.end()) reasons.push_back(finding);
    }
    if (vm_.pci[index].optional) return leave_out(std::move(reasons));
    for (Finding& reason : reasons) choice_.refusals.push_back(std::move(reason));
  }

  const VmConfig& vm_;
  const ChoiceFacts& known_;
  DeviceFacts facts_;  ///< with what the VM has so far
  const Hold& hold_;
  DeviceChoice choice_;
};

}  // namespace

bool has_open_devices(const VmConfig& vm) {
  return std::ranges::any_of(
      vm.pci, [](const PciDeviceConfig& device) { return device.select || device.optional; });
}

std::vector<PciFunction> functions_in_question(const VmConfig& vm, const HostPci& pci) {
  std::vector<PciFunction> functions;
  const auto add = [&functions](const std::vector<PciFunction>& group) {
    for (const PciFunction& one : group)
      if (std::ranges::find(functions, one.address, &PciFunction::address) == functions.end())
        functions.push_back(one);
  };
  for (const PciDeviceConfig& device : vm.pci) {
    if (!device.select && device.optional) add(group_of(device, device.address, pci));
    if (!device.select) continue;
    for (const PciFunction& function : pci.functions)
      if (is_meant(*device.select, function)) add(group_of(device, function.address, pci));
  }
  return functions;
}

DeviceChoice choose_devices(const VmConfig& vm, const ChoiceFacts& facts, const Hold& hold) {
  return Chooser{vm, facts, hold}.choose();
}

std::string to_string(const PciSelect& select) {
  std::string more = select.id ? select.id->to_string() : "";
  if (select.numa) more += fmt::format("{}NUMA node {}", more.empty() ? "" : ", ", *select.numa);
  return (select.gpu ? "a GPU" : "a device") + (more.empty() ? "" : " (" + more + ")");
}

}  // namespace xenlaunch
