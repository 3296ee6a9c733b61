#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pci_address.h"
#include "base/pci_resource.h"

namespace xenlaunch {

/// The picture that the firmware left on, which Linux writes into until a driver of the card's own
/// takes over: aperture_remove_conflicting_pci_devices of drivers/video/aperture.c then ends it.
struct FirmwareFramebuffer {
  std::string driver;  ///< "efifb", "vesafb", "simplefb", "efidrm", "vesadrm", "simpledrm"
  std::string device;  ///< what dom0 has of it: "fb0", "card0"
  friend bool operator==(const FirmwareFramebuffer&, const FirmwareFramebuffer&) = default;
};

/// A GPU, and where its memory lies.
struct GpuMemory {
  PciAddress address;
  std::vector<PciResource> resources;
};

/// Where /proc/iomem has the memory of a firmware framebuffer: the address of its first byte. An
/// address of 0 means that this user may not see them. nullopt where no line is of one.
std::optional<std::uint64_t> firmware_framebuffer_memory(std::string_view iomem);

/// The firmware framebuffers below `root`, by the GPU that they are on. From Linux 6.9 on their
/// device lies below the PCI function's (sysfb_init of drivers/firmware/sysfb.c); before that it is
/// a platform device, whose memory lies in one of the GPU's regions. Where the addresses are not to
/// be seen it is that of `system_display_device`, which the firmware shows its own picture on.
std::map<PciAddress, FirmwareFramebuffer> read_firmware_framebuffers(
    const std::filesystem::path& root, const std::vector<GpuMemory>& gpus,
    const std::optional<PciAddress>& system_display_device);

/// The driver of that framebuffer; "" where there is none. The firmware leaves one at most.
std::string framebuffer_driver(const std::map<PciAddress, FirmwareFramebuffer>& framebuffers);

/// Whether a device of this name, as "efi-framebuffer.0", is one that Linux made for the firmware's
/// framebuffer.
bool is_firmware_framebuffer_device(std::string_view name);

}  // namespace xenlaunch
