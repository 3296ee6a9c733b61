#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "base/confinement.h"
#include "base/file_descriptor.h"
#include "base/spawn.h"
#include "launcher/plan/planned_disk.h"

// A QEMU that is a user of its own, below a root of its own, opens some things when it has no way
// to them any more. The images of paravirtual disks it gets as descriptors, with a node in its root
// for each, at which it looks before (xen_block_drive_create of its hw/block/xen-block.c).

namespace xenlaunch {

/// An image that is open for QEMU.
struct HandedImage {
  FileDescriptor file;
  mode_t kind{};   ///< a file's or a block device's
  dev_t device{};  ///< of a block device
};

/// Opens those of `disks` that are handed over, in their order, each for what its disk does with
/// it. Throws Error (ExitCode::host), also where the image of any names other files than it did
/// when the start was planned, or such as QEMU must not open (qcow2_links.h).
std::vector<HandedImage> open_handed_images(const std::vector<PlannedDisk>& disks,
                                            const std::vector<std::string>& trusted_folders);

/// Under which numbers QEMU has them.
std::vector<GivenFile> given_files(const std::vector<HandedImage>& images);

/// What QEMU sees below its root `folder`: those nodes, at which nobody opens anything, and the
/// devices that it opens late, with the numbers that they have in `dev`. That is xenbus, by which
/// libxenstore connects where there is no socket, whenever it runs again after a stop
/// (xenstore_record_dm_state of hw/i386/xen/xen-hvm.c, which ends it where that fails), unless it
/// has the socket `store` in xenstored's place; and for each paravirtual disk also event channels
/// and grants (xen_device_realize of hw/xen/xen-bus.c). Throws Error (ExitCode::host) where they
/// are not there.
PrivateRoot root_of_qemu(const std::filesystem::path& folder, gid_t group,
                         const std::vector<HandedImage>& images,
                         const std::optional<std::filesystem::path>& store = std::nullopt,
                         const std::filesystem::path& dev = "/dev/xen");

}  // namespace xenlaunch
