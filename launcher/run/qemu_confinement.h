#pragma once

#include <string>
#include <vector>

#include "base/confinement.h"
#include "launcher/host/mount_table.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// The images that the QEMU which serves the paravirtual disks opens itself, and writes to.
std::vector<std::filesystem::path> what_disk_server_writes(const LaunchPlan& plan);
/// All that the one opens that stays root: its libraries, the images with the files that they name,
/// what it has of Xen. nullopt where some of that is in /run, which is closed to it, or QEMU is
/// not in /usr: its libraries are anywhere then.
std::optional<FileRules> what_root_opens(const LaunchPlan& plan);

/// The files and folders in which QEMU writes: the images of disks, and where its sockets and the
/// guest's serial port go.
std::vector<std::filesystem::path> what_qemu_writes(const LaunchPlan& plan);

/// All of QEMU's environment: no variable of ours makes a library do what its caller does not know.
std::vector<std::string> environment_of_qemu();

/// With the file systems of `mounts` read-only, but for those of the kernel, /run and /tmp, and for
/// `written`.
Confinement confine(const std::vector<std::filesystem::path>& written,
                    const std::vector<Mount>& mounts);

}  // namespace xenlaunch
