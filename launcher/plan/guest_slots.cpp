#include "launcher/plan/guest_slots.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "devicemodel/disk_target.h"

namespace xenlaunch {
namespace {

constexpr std::uint8_t igd_slot = 0x02;
constexpr std::uint8_t first_slot = 0x06;
/// 1f is where QEMU puts the ISA bridge of an integrated GPU.
constexpr std::uint8_t last_slot = 0x1e;

using HostDevice = std::tuple<std::uint32_t, std::uint8_t, std::uint8_t>;

HostDevice host_device(const PciAddress& address) {
  return {address.segment, address.bus, address.device};
}

/// From first_slot to last_slot, without those in `taken`.
std::vector<std::uint8_t> free_slots(const std::vector<std::uint8_t>& taken) {
  std::vector<std::uint8_t> slots;
  for (std::uint8_t slot = first_slot; slot <= last_slot; ++slot)
    if (std::find(taken.begin(), taken.end(), slot) == taken.end()) slots.push_back(slot);
  return slots;
}

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
                                            const std::vector<std::uint8_t>& taken) {
  const auto siblings = [&devices](const PciAddress& address) {
    return std::count_if(devices.begin(), devices.end(), [&address](const PlannedDevice& device) {
      return host_device(device.function.address) == host_device(address);
    });
  };
  const auto has_function_0 = [&devices](const PciAddress& address) {
    return std::any_of(devices.begin(), devices.end(), [&address](const PlannedDevice& device) {
      return host_device(device.function.address) == host_device(address) &&
             device.function.address.function == 0;
    });
  };

  const auto beside_igd = [&devices](const PciAddress& address) {
    return std::any_of(devices.begin(), devices.end(), [&address](const PlannedDevice& device) {
      return host_device(device.function.address) == host_device(address) && device.is_qemus_igd();
    });
  };

  std::vector<PassthroughSpec> placed;
  std::map<HostDevice, std::uint8_t> shared_slots;
  const std::vector<std::uint8_t> slots = free_slots(taken);
  std::size_t next = 0;
  bool igd_slot_taken = false;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const PciAddress& address = devices[i].function.address;
    const bool together = siblings(address) > 1 && has_function_0(address);
    PassthroughSpec spec{.host = address, .permissive = options[i].permissive};
    const auto shared = shared_slots.find(host_device(address));
    if (together && shared != shared_slots.end()) {
      spec.slot = shared->second;
    } else if ((devices[i].is_qemus_igd() || (together && beside_igd(address))) &&
               !igd_slot_taken) {
      spec.slot = igd_slot;
      igd_slot_taken = true;
    } else {
      if (next == slots.size())
        throw Error{ExitCode::vm_file, "cannot place " + address.to_string() +
                                           " in the guest: its PCI bus has room for " +
                                           std::to_string(slots.size()) + " devices; pass fewer"};
      spec.slot = slots[next++];
    }
    if (together) {
      shared_slots.emplace(host_device(address), spec.slot);
      spec.function = address.function;
      spec.multifunction = address.function == 0;
    }
    placed.push_back(spec);
  }
  return placed;
}

}  // namespace xenlaunch
