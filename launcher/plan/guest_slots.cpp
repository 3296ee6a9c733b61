#include "launcher/plan/guest_slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/error.h"
#include "devicemodel/disk_target.h"

namespace xenlaunch {
namespace {

constexpr std::uint8_t igd_slot = 0x02;

using HostDevice = std::tuple<std::uint32_t, std::uint8_t, std::uint8_t>;

HostDevice host_device(const PciAddress& address) {
  return {address.segment, address.bus, address.device};
}

/// The functions of one host device that share a slot, or one function that has its own.
struct Group {
  std::vector<std::size_t> members;  ///< indices into the devices
  bool shares = false;
  std::optional<std::uint8_t> wanted{};
};

void want(Group& group, const PciDeviceConfig& options) {
  if (group.wanted && options.slot && *group.wanted != *options.slot)
    throw Error{ExitCode::vm_file, "cannot place " + options.address.to_string() +
                                       " in the guest: functions of one device share a slot, and "
                                       "the VM file gives them two; name one slot"};
  if (options.slot) group.wanted = options.slot;
}

std::vector<Group> groups_of(const std::vector<PlannedDevice>& devices,
                             const std::vector<PciDeviceConfig>& options) {
  const auto of_device = [&devices](const PciAddress& address, auto predicate) {
    return std::ranges::count_if(devices, [&](const PlannedDevice& device) {
      return device.function.address.same_device(address) && predicate(device.function.address);
    });
  };
  std::vector<Group> groups;
  std::map<HostDevice, std::size_t> shared;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const PciAddress& address = devices[i].function.address;
    const bool together =
        of_device(address, [](const PciAddress&) { return true; }) > 1 &&
        of_device(address, [](const PciAddress& one) { return one.function == 0; }) > 0;
    std::size_t group = groups.size();
    if (together) group = shared.try_emplace(host_device(address), group).first->second;
    if (group == groups.size()) groups.push_back({.shares = together});
    groups[group].members.push_back(i);
    want(groups[group], options[i]);
  }
  return groups;
}

[[noreturn]] void refuse_slot(const PciAddress& device, std::uint8_t slot,
                              const std::string& reason) {
  throw Error{ExitCode::vm_file, fmt::format("cannot place {} in slot {:02x} of the guest: {}",
                                             device.to_string(), slot, reason)};
}

/// The free slots, the lowest first.
class Slots {
 public:
  /// `taken`: where emulated devices are.
  explicit Slots(std::set<std::uint8_t> taken) : taken_{std::move(taken)} {}

  void take(std::uint8_t slot, const PciAddress& device) {
    if (!taken_.insert(slot).second)
      refuse_slot(device, slot,
                  "another device is there, and only functions of a device that goes along with "
                  "its function 0 share one; name another slot");
  }

  std::uint8_t next(const PciAddress& device) {
    while (taken_.contains(next_)) ++next_;
    if (next_ > last_free_slot)
      throw Error{ExitCode::vm_file, "cannot place " + device.to_string() +
                                         " in the guest: its PCI bus has room for " +
                                         std::to_string(given_) + " devices; pass fewer"};
    ++given_;
    return next_++;
  }

 private:
  std::set<std::uint8_t> taken_;
  std::uint8_t next_ = first_free_slot;
  unsigned given_ = 0;
};

}  // namespace

std::vector<std::uint8_t> slots_of_disks(const std::vector<DiskConfig>& disks) {
  std::vector<std::uint8_t> slots;
  for (const DiskConfig& disk : disks) {
    const DiskTarget target = target_of(disk);
    if (target.bus == DiskBus::nvme) slots.push_back(nvme_slot(target.index));
    if (target.bus == DiskBus::ahci) slots.push_back(ahci_slot);
  }
  return slots;
}

std::vector<PassthroughSpec> place_in_guest(const std::vector<PlannedDevice>& devices,
                                            const std::vector<PciDeviceConfig>& options,
                                            const std::set<std::uint8_t>& taken) {
  const std::vector<Group> groups = groups_of(devices, options);
  std::vector<PassthroughSpec> placed(devices.size());
  const auto first_of = [&devices](const Group& group) {
    return devices[group.members.front()].function.address;
  };
  Slots slots{taken};
  for (const Group& group : groups)
    if (group.wanted) slots.take(*group.wanted, first_of(group));
  for (const Group& group : groups) {
    const bool has_igd = std::ranges::any_of(
        group.members, [&devices](std::size_t i) { return devices[i].is_qemus_igd(); });
    if (has_igd && group.wanted)
      refuse_slot(first_of(group), *group.wanted,
                  "drivers look for an integrated GPU in slot 02; remove slot");
    const std::uint8_t slot = has_igd        ? igd_slot
                              : group.wanted ? *group.wanted
                                             : slots.next(first_of(group));
    for (const std::size_t i : group.members) {
      const PciAddress& address = devices[i].function.address;
      placed[i] = {.host = address,
                   .slot = slot,
                   .function = group.shares ? address.function : std::uint8_t{0},
                   .multifunction = group.shares && address.function == 0,
                   .permissive = options[i].permissive};
    }
  }
  return placed;
}

}  // namespace xenlaunch
