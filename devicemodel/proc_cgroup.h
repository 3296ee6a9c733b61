#pragma once

#include <string>
#include <string_view>

namespace xenlaunch {

/// The control group of version 2 that /proc/PID/cgroup tells of (proc_cgroup_show of Linux
/// kernel/cgroup/cgroup.c): "/machine.slice/xenlaunch-7.scope"; "" where it tells of none.
std::string control_group_in(std::string_view cgroup);

}  // namespace xenlaunch
