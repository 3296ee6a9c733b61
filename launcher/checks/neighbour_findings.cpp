#include "launcher/checks/neighbour_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "launcher/checks/gpu_neighbours.h"

namespace xenlaunch {
namespace {

using Findings = std::vector<Finding>;
using Names = std::vector<std::string>;

bool contains(const std::vector<PciAddress>& all, const PciAddress& address) {
  return std::ranges::find(all, address) != all.end();
}

void add_second_display(Findings& findings, const PciFunction& function, const DeviceFacts& facts) {
  PciAddress first = function.address;
  first.function = 0;
  if (!function.is_second_display || contains(facts.together, first)) return;
  findings.push_back(
      {FindingCode::second_display, function.address.to_string(),
       fmt::format("it is the second display function of {}, and no graphics card of "
                   "its own",
                   first.to_string()),
       fmt::format("pass {}, and this one beside it", first.to_string())});
}

/// The functions of `pci` that `is_wanted` takes, each with what has it.
template <typename IsWanted>
Names with_drivers(const DeviceFacts& facts, IsWanted is_wanted) {
  Names names;
  for (const PciFunction& other : facts.pci.functions) {
    if (!is_wanted(other)) continue;
    const std::optional<DeviceOwner> owner = owner_of(other, facts.owners);
    const std::string holder = owner ? to_string(*owner) : other.driver.value_or("");
    names.push_back(other.address.to_string() +
                    (holder.empty() ? "" : " (" + excerpt(holder) + ")"));
  }
  return names;
}

/// They vanish with the driver of their physical function (pci_disable_sriov).
void add_virtual_functions(Findings& findings, const PciFunction& function,
                           const DeviceFacts& facts) {
  const Names used = with_drivers(facts, [&](const PciFunction& other) {
    return other.physical_function == function.address &&
           (other.driver || owner_of(other, facts.owners));
  });
  if (used.empty()) return;
  const std::string bdf = function.address.to_string();
  findings.push_back(
      {FindingCode::virtual_functions_in_use, bdf,
       fmt::format("its virtual functions {} are in use, and would be gone with it", list_of(used)),
       fmt::format("pass one of those instead, or end what has them and run `echo 0 > "
                   "/sys/bus/pci/devices/{}/sriov_numvfs`",
                   bdf)});
}

void add_volume_management(Findings& findings, const PciFunction& function,
                           const DeviceFacts& facts) {
  const std::string bdf = function.address.to_string();
  const auto beyond_xen = [](const PciFunction& one) {
    return one.address.segment > PciAddress::last_segment_of_xen;
  };
  if (beyond_xen(function))
    findings.push_back(
        {FindingCode::segment_beyond_xen, bdf,
         "it lies behind a volume management device (Intel VMD), in a PCI domain of Linux that Xen "
         "has no number for",
         "switch VMD off in the firmware setup, at least for its slot; an operating system that "
         "was installed with VMD on may not find its disks then"});
  const Names behind = function.driver == vmd_driver
                           ? with_drivers(facts,
                                          [&](const PciFunction& other) {
                                            return beyond_xen(other) && !other.is_bridge();
                                          })
                           : Names{};
  if (!behind.empty())
    findings.push_back({FindingCode::devices_behind_it, bdf,
                        fmt::format("it is a volume management device (Intel VMD), and dom0 has "
                                    "{} behind it",
                                    list_of(behind)),
                        "pass another device, or switch VMD off in the firmware setup, which gives "
                        "each of them an address of its own"});
}

/// The kernel takes no other names in `reset_method`.
void add_chosen_reset(Findings& findings, const PciFunction& function, const DeviceFacts& facts) {
  const auto chosen = facts.chosen_resets.find(function.address);
  if (chosen == facts.chosen_resets.end() ||
      std::ranges::find(function.reset_methods, chosen->second) != function.reset_methods.end())
    return;
  const bool can_choose = function.reset_methods != std::vector<std::string>{unnamed_reset};
  Names methods;
  for (const std::string& method : function.reset_methods) methods.push_back(excerpt(method));
  findings.push_back(
      {FindingCode::no_reset, function.address.to_string(),
       !can_choose ? "this kernel lets nobody choose how it is reset (those since "
                     "5.15 do)"
       : methods.empty()
           ? fmt::format("it cannot be reset by {}, nor in any other way", chosen->second)
           : fmt::format("it cannot be reset by {}, only by {}", chosen->second, list_of(methods)),
       "change or remove its `reset` in the VM file"});
}

/// Of a GPU, whose guests' pictures and programs are in it, it is always told; of another device
/// where the VM file wants it.
void add_reset(Findings& findings, const PciFunction& gpu, const DeviceFacts& facts) {
  const std::string bdf = gpu.address.to_string();
  const bool is_strict = contains(facts.strict_reset, gpu.address);
  if (!is_strict && !is_physical_gpu(gpu)) return;
  if (gpu.reset_methods == std::vector<std::string>{unnamed_reset})
    findings.push_back(
        {FindingCode::no_reset, bdf,
         "it is reset by unknown means, which this kernel does not name (those since "
         "5.15 do), so whether a second start of a VM with it works is not known",
         "reboot the host if the card does not work at the next start",
         is_strict ? Severity::blocks : Severity::unknown});
  if (const std::optional<std::string> why = why_no_reset(gpu, facts.pci))
    findings.push_back({FindingCode::no_reset, bdf,
                        fmt::format("it cannot be reset, since {}, and a second start of a VM with "
                                    "it may fail",
                                    *why),
                        "shut the guest down properly rather than destroying it, and reboot the "
                        "host if the card does not work at the next start",
                        is_strict ? Severity::blocks : Severity::warns});
}

void add_companions(Findings& findings, const PciFunction& gpu, const DeviceFacts& facts) {
  Names addresses;
  Names described;
  bool any_of_its_device = false;
  for (const PciFunction& companion : companions(gpu, facts.pci)) {
    if (contains(facts.together, companion.address)) continue;
    addresses.push_back(companion.address.to_string());
    described.push_back(with_kind(companion));
    if (companion.address.same_device(gpu.address)) any_of_its_device = true;
  }
  if (addresses.empty()) return;
  const bool one = addresses.size() == 1;
  const std::string bdf = gpu.address.to_string();
  findings.push_back(
      {FindingCode::shares_device, bdf,
       fmt::format("{} {} part of the same card: drivers in the guest may want {}{}",
                   list_of(described), one ? "is" : "are", one ? "it" : "them",
                   any_of_its_device
                       ? ", and functions of one device can reach each other past the IOMMU"
                       : ""),
       fmt::format("list {} under pci in the VM file, beside {}", list_of(addresses), bdf),
       Severity::warns});
}

/// The regions of which the function is in the scope, and not alone: Xen refuses it, whether the
/// others are there or not, unless the policy is relaxed (intel_iommu_assign_device of
/// xen/drivers/passthrough/vtd/iommu.c).
std::vector<FirmwareRegion> shared_regions(const PciFunction& function, const DeviceFacts& facts) {
  std::vector<FirmwareRegion> shared = facts.reserved_regions;
  std::erase_if(shared, [&function](const FirmwareRegion& region) {
    return region.scopes < 2 || !contains(region.devices, function.address);
  });
  return shared;
}

/// "the firmware's reserved memory 0x1000 to 0x1fff and 0x3000 to 0x3fff"
std::string name_of(const std::vector<FirmwareRegion>& regions) {
  Names ranges;
  for (const FirmwareRegion& region : regions)
    ranges.push_back(fmt::format("{:#x} to {:#x}", region.start, region.end));
  return "the firmware's reserved memory " + list_of(ranges);
}

/// With the policy relaxed, and no function of the card left behind, nothing is to be said.
bool is_settled(const std::vector<PciAddress>& sharers, const PciFunction& function,
                const DeviceFacts& facts) {
  return contains(facts.relaxed, function.address) &&
         std::ranges::all_of(sharers, [&facts](const PciAddress& sharer) {
           return contains(facts.together, sharer);
         });
}

void add_reserved_memory(Findings& findings, const PciFunction& function,
                         const DeviceFacts& facts) {
  const std::vector<FirmwareRegion> regions = shared_regions(function, facts);
  if (regions.empty()) return;
  std::set<PciAddress> sharers;
  for (const FirmwareRegion& region : regions)
    sharers.insert(region.devices.begin(), region.devices.end());
  sharers.erase(function.address);
  const bool is_gpu = is_physical_gpu(function);
  const std::vector<PciFunction> own = companions(function, facts.pci);
  std::vector<PciAddress> of_card;
  Names of_host;
  for (const PciAddress& sharer : sharers)
    // Of a card what goes along is no answer: among the others may be what the host lives on.
    if (is_gpu ? std::ranges::find(own, sharer, &PciFunction::address) != own.end()
               : contains(facts.together, sharer))
      of_card.push_back(sharer);
    else
      of_host.push_back(sharer.to_string());
  Finding finding{FindingCode::shares_reserved_memory, function.address.to_string(), "", ""};
  if (!of_host.empty()) {
    finding.reason = fmt::format("{} is for it and for the host's own {}, so Xen does not pass it",
                                 name_of(regions), list_of(of_host));
    finding.remedy = !is_gpu || is_on_board(function, facts.pci)
                         ? "pass another device"
                         : "take its slot out of what shares that memory, in the setup of the "
                           "maker's firmware (on "
                           "HPE ProLiant: shared memory features of the slot, or `conrep` with "
                           "Endpoints_Excluded), or put the card into another slot";
    // To take it from dom0 is another matter than to pass it.
    if (!is_gpu && facts.together.empty()) finding.severity = Severity::warns;
  } else {
    if (is_settled(of_card, function, facts)) return;
    Names names;
    for (const PciAddress& address : of_card) names.push_back(address.to_string());
    finding.reason = fmt::format(
        "{} is for it and for {}, so Xen passes it only with the policy relaxed", name_of(regions),
        names.empty() ? "functions that are not there" : list_of(names));
    finding.remedy = names.empty()
                         ? "give it `rdm_policy: relaxed` in the VM file"
                         : fmt::format("pass {} to the same VM, each with `rdm_policy: relaxed`",
                                       list_of(names));
    const bool is_refused = !facts.together.empty() && !contains(facts.relaxed, function.address);
    finding.severity = is_refused ? Severity::blocks : Severity::warns;
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void add_neighbour_findings(Findings& findings, const PciFunction& function,
                            const DeviceFacts& facts) {
  add_second_display(findings, function, facts);
  add_volume_management(findings, function, facts);
  add_virtual_functions(findings, function, facts);
  add_chosen_reset(findings, function, facts);
  add_reset(findings, function, facts);
  if (is_physical_gpu(function)) add_companions(findings, function, facts);
  add_reserved_memory(findings, function, facts);
}

}  // namespace xenlaunch
