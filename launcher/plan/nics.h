#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "devicemodel/guest_devices.h"
#include "launcher/config/vm_config.h"

namespace xenlaunch {

/// The address of the network card number `index`, counted from 0, of a VM whose file names none:
/// Xen's prefix 00:16:3e, then 23 bits, the sum of `index` and the 64-bit FNV-1a hash of `vm`,
/// which is the VM's uuid, or its name where it has no uuid in its file. The same for the same VM,
/// whenever and wherever it starts.
MacAddress default_mac(std::string_view vm, unsigned index);

/// The network cards of `vm`, each with its address. Throws Error (ExitCode::vm_file) where one
/// that has none in the file comes to that of another.
std::vector<NicConfig> plan_nics(const VmConfig& vm);

/// Those of `nics` that are emulated, index 0 in slot 1c of the guest's bus and the others below
/// it.
std::vector<EmulatedNic> emulated_nics(const std::vector<NicConfig>& nics);

}  // namespace xenlaunch
