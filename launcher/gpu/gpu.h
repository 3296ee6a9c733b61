#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "launcher/boot/boot_state.h"
#include "launcher/gpu/display_use.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// What decides over a host's GPUs.
struct GpuFacts {
  HostPci pci;
  std::optional<PciAddress> system_display_device;
  BootLines running;
  BootLines next;
  std::map<PciAddress, DisplayUse> display_use;
  std::vector<std::uint16_t> integrated_vendors;
  std::vector<std::uint16_t> system_display_vendors;  ///< may be passed as system display device
};

/// A physical GPU: a display controller that is no SR-IOV VF.
struct Gpu {
  PciFunction function;
  bool integrated = false;
  bool is_system_display_device = false;
  BootState dom0_access{};
  std::vector<std::string> supported_vgpu_types;  ///< {"passthrough"} or {}
  /// What keeps it from being passed now, each a sentence with what to do. May hold something
  /// although the type is supported: dom0 shows something on the GPU just now.
  std::vector<std::string> why_not;
  friend bool operator==(const Gpu&, const Gpu&) = default;
};

bool is_physical_gpu(const PciFunction& function);

/// In the order of their addresses. The types are those that XenServer's xapi offers
/// (xapi_vgpu_type.ml), but that the rule for the system display device holds for every vendor on
/// the list.
std::vector<Gpu> list_gpus(const GpuFacts& facts);

}  // namespace xenlaunch
