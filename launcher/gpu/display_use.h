#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// What dom0 uses a GPU or a sound device for right now, each as a part of a sentence: "the
/// framebuffer fb0 is on it", "Xorg (process 812) has /dev/dri/card0 open". A driver that is only
/// bound uses nothing.
using DisplayUse = std::vector<std::string>;

/// Of these functions below `root`; those that nothing uses are left out, and the framebuffer that
/// the firmware left is none of these (firmware_framebuffer.h). A framebuffer is one that the
/// function or a device of its driver registered (`graphics/fbN` in sysfs). A process counts that
/// has one of the function's device nodes open: a DRM device's primary or render node (drm_open of
/// Linux drivers/gpu/drm/drm_file.c), NVIDIA's own nodes, amdgpu's /dev/kfd, those of a sound card
/// (snd_card_free of sound/core/init.c waits until all are closed).
std::map<PciAddress, DisplayUse> read_display_use(const std::filesystem::path& root,
                                                  const std::vector<PciFunction>& functions);

}  // namespace xenlaunch
