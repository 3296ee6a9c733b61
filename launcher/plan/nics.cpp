#include "launcher/plan/nics.h"

#include <cstdint>

#include "base/error.h"

namespace xenlaunch {
namespace {

constexpr std::uint8_t first_nic_slot = 0x1c;

std::uint64_t fnv_1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

MacAddress default_mac(std::string_view vm, unsigned index) {
  const std::uint64_t rest = fnv_1a(vm) + index;
  return {{0x00, 0x16, 0x3e, static_cast<std::uint8_t>(rest >> 16 & 0x7f),
           static_cast<std::uint8_t>(rest >> 8), static_cast<std::uint8_t>(rest)}};
}

std::vector<NicConfig> plan_nics(const VmConfig& vm) {
  std::vector<NicConfig> nics = vm.nics;
  for (unsigned index = 0; index < nics.size(); ++index) {
    if (nics[index].mac) continue;
    const MacAddress mac = default_mac(vm.uuid.value_or(vm.name), index);
    for (const NicConfig& other : nics)
      if (other.mac == mac)
        throw Error{ExitCode::vm_file, "cannot give nics[" + std::to_string(index) +
                                           "] an address: another card of the VM has " +
                                           mac.to_string() + ", which would be its; set its mac"};
    nics[index].mac = mac;
  }
  return nics;
}

std::vector<EmulatedNic> emulated_nics(const std::vector<NicConfig>& nics) {
  std::vector<EmulatedNic> emulated;
  for (unsigned index = 0; index < nics.size(); ++index) {
    const NicConfig& nic = nics[index];
    if (nic.model == NicModel::none) continue;
    emulated.push_back({.index = index,
                        .model = nic.model,
                        .mac = *nic.mac,
                        .bridge = nic.bridge,
                        .slot = static_cast<std::uint8_t>(first_nic_slot - index),
                        .has_boot_rom = nic.boot});
  }
  return emulated;
}

}  // namespace xenlaunch
