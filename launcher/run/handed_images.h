#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <vector>

#include "base/confinement.h"
#include "base/file_descriptor.h"
#include "base/spawn.h"
#include "launcher/plan/planned_disk.h"

// A QEMU that is a user of its own, below a root of its own, opens the images of paravirtual disks
// when it has no way to them any more: it gets them as descriptors, with a node in its root for
// each, at which it looks before (xen_block_drive_create of its hw/block/xen-block.c).

namespace xenlaunch {

/// An image that is open for QEMU.
struct HandedImage {
  FileDescriptor file;
  mode_t kind{};   ///< a file's or a block device's
  dev_t device{};  ///< of a block device
};

/// Opens those of `disks` that are handed over, in their order, each for what its disk does with
/// it. Throws Error (ExitCode::host).
std::vector<HandedImage> open_handed_images(const std::vector<PlannedDisk>& disks);

/// Under which numbers QEMU has them.
std::vector<GivenFile> given_files(const std::vector<HandedImage>& images);

/// What QEMU sees below its root `folder`: those nodes, at which nobody opens anything, and the
/// devices that it opens for each paravirtual disk, with the numbers that they have in `dev`
/// (xen_device_realize of hw/xen/xen-bus.c: xenstore, which libxenstore opens as xenbus where there
/// is no socket, event channels and grants). Throws Error
/// (ExitCode::host) where they are not there.
PrivateRoot root_with_images(const std::filesystem::path& folder, gid_t group,
                             const std::vector<HandedImage>& images,
                             const std::filesystem::path& dev = "/dev/xen");

}  // namespace xenlaunch
