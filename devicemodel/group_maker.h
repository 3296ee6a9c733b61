#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "devicemodel/control_group_plan.h"

namespace xenlaunch {

/// Who makes control groups on a host: systemd where that runs, nobody else may then.
struct GroupMaker {
  std::filesystem::path folder = "/sys/fs/cgroup";
  std::optional<std::filesystem::path> systemd_run{};  ///< the program; nullopt: we make them
  /// The unit of systemd's in which we are: "session-1.scope"; "" where it is not known.
  std::string unit{};
  bool is_unit_made_for_us = false;  ///< so its limits are to hold for QEMU, too
  std::chrono::milliseconds time_to_answer{10000};
};

/// That of this host.
GroupMaker this_hosts_group_maker();

/// The unit of systemd's that a process is in, by its /proc/PID/cgroup: the outermost service or
/// scope. "" where there is none.
std::string unit_in(std::string_view cgroup);

/// Whether the unit was made for this process: a scope that is no session, or a service whose own
/// process it is. `exec_pid` is what systemd says of that, $SYSTEMD_EXEC_PID (systemd.exec(5)).
bool is_made_for(pid_t process, const std::string& unit, const char* exec_pid);

/// That of a VM on this host.
GroupLack lack_of_groups(const GroupMaker& maker);

}  // namespace xenlaunch
