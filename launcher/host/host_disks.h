#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "devicemodel/guest_devices.h"

namespace xenlaunch {

/// A block device of the host.
struct ImageDevice {
  std::string path;  ///< behind all links: "/dev/dm-3"
  unsigned major{};
  unsigned minor{};
  friend bool operator==(const ImageDevice&, const ImageDevice&) = default;
};

/// What decides on a host over how a guest's disks are served.
struct HostDisks {
  std::map<std::string, ImageDevice> block_devices{};  ///< those among the images, by their path
  /// Those that name files which QEMU opens with them, and these (qcow2_links.h).
  std::map<std::string, std::vector<std::filesystem::path>> linked_images{};
  bool blkback = false;  ///< dom0's kernel serves block devices
  /// QEMU takes its AHCI disks away where a guest with Xen drivers asks for it, as it does with IDE
  /// disks: from 8.2 on (unplug_disks of hw/i386/xen/xen_platform.c). False where not known.
  bool unplugs_ahci = false;
  friend bool operator==(const HostDisks&, const HostDisks&) = default;
};

/// Looks at the images of `disks`, and asks for QEMU's version only where one is an AHCI disk. Of a
/// copy of another host (`root` is not "/") nothing is known, as its images and its QEMU are not
/// there.
HostDisks read_host_disks(const std::vector<DiskConfig>& disks, const std::filesystem::path& root,
                          const std::function<std::string()>& qemu_version);

/// Whether a QEMU of this version takes its AHCI disks away.
bool unplugs_ahci(const std::string& version);

}  // namespace xenlaunch
