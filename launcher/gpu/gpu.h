#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "launcher/boot/boot_state.h"
#include "launcher/gpu/display_use.h"
#include "launcher/gpu/firmware_framebuffer.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// What there is to know of a host's GPUs.
struct GpuFacts {
  HostPci pci;
  std::optional<PciAddress> system_display_device;
  BootLines running;
  BootLines next;
  std::map<PciAddress, DisplayUse> display_use;  ///< of sound devices too
  std::map<PciAddress, FirmwareFramebuffer> firmware_framebuffers;
  std::vector<std::uint16_t> integrated_vendors;
  std::vector<std::uint16_t> system_display_vendors;  ///< may be passed as system display device
};

/// A physical GPU (is_physical_gpu).
struct Gpu {
  PciFunction function;
  bool integrated = false;
  bool is_system_display_device = false;
  bool vendor_is_listed = false;  ///< among system_display_vendors
  BootState dom0_access{};
  BootState host_display{};  ///< of the host, whichever of its GPUs that is
  DisplayUse display_use;
  std::optional<FirmwareFramebuffer> firmware_framebuffer;  ///< that is still on it
  friend bool operator==(const Gpu&, const Gpu&) = default;
};

std::vector<PciFunction> functions_of(const std::vector<Gpu>& gpus);

/// In the order of their addresses. What of that keeps one from being passed:
/// launcher/checks/device_findings.h.
std::vector<Gpu> list_gpus(const GpuFacts& facts);

}  // namespace xenlaunch
