#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/domid.h"

namespace xenlaunch {

struct CagedProcess {
  pid_t pid{};
  std::vector<std::string> confinement;  ///< as planned_confinement names it
};

/// The control group of that process, from that of the host down: "/machine.slice/…"; "" where that
/// is not known. Below `root`.
std::string control_group_of(pid_t pid, const std::filesystem::path& root);

struct RunningQemu : CagedProcess {
  std::string control_group{};                ///< as control_group_of() has it
  std::optional<CagedProcess> disk_server{};  ///< the QEMU beside it that serves the disks
};

/// What the kernel says of how far that process is kept from the host, below `root`.
std::vector<std::string> confinement_of(pid_t pid, const std::filesystem::path& root);

/// The QEMU of that domain, whose launcher may be known; nullopt where none runs.
std::optional<RunningQemu> running_qemu(Domid domid, std::optional<pid_t> launcher);

}  // namespace xenlaunch
