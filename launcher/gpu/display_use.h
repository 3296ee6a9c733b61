#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/pci_address.h"

namespace xenlaunch {

/// What dom0 shows on a GPU right now, each as a part of a sentence: "the framebuffer fb0", "Xorg
/// (process 812) has /dev/dri/card0 open". A driver that is only bound shows nothing.
using DisplayUse = std::vector<std::string>;

/// Of these functions below `root`; those that show nothing are left out. A framebuffer is one that
/// the function or a device of its driver registered (`graphics/fbN` in sysfs); the primary node of
/// a DRM device makes its first opener the DRM master, so every process that has it open counts
/// (drm_open of Linux drivers/gpu/drm/drm_file.c).
std::map<PciAddress, DisplayUse> read_display_use(const std::filesystem::path& root,
                                                  const std::vector<PciAddress>& gpus);

}  // namespace xenlaunch
