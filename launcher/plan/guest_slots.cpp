#include "launcher/plan/guest_slots.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"

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

std::vector<std::uint8_t> free_slots(const std::set<std::uint8_t>& taken) {
  std::vector<std::uint8_t> free;
  for (std::uint8_t slot = first_slot; slot <= last_slot; ++slot)
    if (!taken.contains(slot)) free.push_back(slot);
  return free;
}

}  // namespace

std::vector<PassthroughSpec> place_in_guest(const std::vector<PlannedDevice>& devices,
                                            const std::vector<PciDeviceConfig>& options,
                                            const std::set<std::uint8_t>& taken) {
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
  const std::vector<std::uint8_t> free = free_slots(taken);
  auto next = free.begin();
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
      if (next == free.end())
        throw Error{ExitCode::vm_file, "cannot place " + address.to_string() +
                                           " in the guest: its PCI bus has room for " +
                                           std::to_string(free.size()) + " devices; pass fewer"};
      spec.slot = *next++;
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
