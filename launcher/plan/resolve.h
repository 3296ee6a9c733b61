#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "launcher/config/vm_config.h"
#include "launcher/host/pci_function.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// What the plan has to know of the host beside its PCI functions.
struct HostSettings {
  std::vector<std::uint16_t> integrated_vendors = {0x8086};
  std::string qemu = "/usr/libexec/xen-qemu-system-i386";
  std::string qemu_traditional = "/usr/lib/xen/bin/qemu-dm";
  std::string hvmloader = "/usr/lib/xen-4.17/boot/hvmloader";
  std::string seabios = "/usr/share/seabios/bios-256k.bin";
};

/// Turns a VM file into a plan for this host. Pure. Throws Error: ExitCode::host, with all problems
/// at once, where a passed device is not there or is not what it was expected to be;
/// ExitCode::vm_file where the file contradicts itself.
LaunchPlan resolve(const VmConfig& vm, const HostPci& host, const HostSettings& settings);

}  // namespace xenlaunch
