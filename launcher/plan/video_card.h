#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "launcher/config/vm_config.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// The guest's video card, and the reason for it in words.
struct ResolvedVideo {
  VideoCard card = VideoCard::cirrus;
  std::string because;
  friend bool operator==(const ResolvedVideo&, const ResolvedVideo&) = default;
};

/// "IGD_passthrough", "Standard_VGA", "Cirrus", "None".
std::string to_string(VideoCard card);

/// Decides the video card: an explicit video_card, else an integrated GPU among `passed`, else
/// platform.vga, else Cirrus. Throws Error (ExitCode::vm_file) where video_card and the passed
/// devices contradict each other.
ResolvedVideo resolve_video_card(const VmConfig& vm, const std::vector<PciFunction>& passed,
                                 const std::vector<std::uint16_t>& integrated_vendors);

/// Video memory of the emulated card in MiB: platform.videoram (default 4), but what QEMU needs at
/// least. 0 for upstream QEMU where it emulates no card.
unsigned videoram_mib(const VmConfig& vm, VideoCard card);

}  // namespace xenlaunch
