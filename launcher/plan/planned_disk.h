#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "devicemodel/guest_devices.h"
#include "launcher/host/host_disks.h"

namespace xenlaunch {

/// Who serves the paravirtual disk.
enum class DiskBackend {
  none,     ///< the guest has none
  qdisk,    ///< QEMU
  blkback,  ///< dom0's kernel
};

struct PlannedDisk {
  DiskConfig config;
  DiskBackend backend = DiskBackend::none;
  std::optional<ImageDevice> device{};  ///< which blkback serves, where dom0 has that
  /// The files that QEMU opens with the image (launcher/host/qcow2_links.h).
  std::vector<std::filesystem::path> links{};
  /// Where a QEMU gets the image as a descriptor: its place in DeviceModelSpec::handed_images.
  std::optional<std::size_t> handed{};
  friend bool operator==(const PlannedDisk&, const PlannedDisk&) = default;
};

/// Which of `disks` have a paravirtual one, and who serves it: dom0's kernel a raw block device, as
/// in disk_try_backend of tools/libs/light/libxl_device.c, QEMU all else. A CD-ROM has none, and
/// neither has an NVMe disk, nor an AHCI disk that QEMU does not take away: the guest would see it
/// twice.
std::vector<PlannedDisk> plan_disks(const std::vector<DiskConfig>& disks, const HostDisks& host);

bool uses_blkback(const std::vector<PlannedDisk>& disks);

}  // namespace xenlaunch
