#include "devicemodel/group_maker.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>

#include "base/read_file.h"
#include "devicemodel/proc_cgroup.h"

namespace xenlaunch {

namespace fs = std::filesystem;

GroupMaker this_hosts_group_maker() {
  GroupMaker maker;
  struct stat status {};  // sd_booted(3)
  if (::lstat("/run/systemd/system", &status) == 0 && S_ISDIR(status.st_mode)) {
    maker.systemd_run = "/usr/bin/systemd-run";
    maker.unit = unit_in(read_file("/proc/self/cgroup").bytes);
    maker.is_unit_made_for_us =
        is_made_for(::getpid(), maker.unit, std::getenv("SYSTEMD_EXEC_PID"));
  }
  return maker;
}

std::string unit_in(std::string_view cgroup) {
  for (const fs::path& name : fs::path{control_group_in(cgroup)})
    if (name.extension() == ".service" || name.extension() == ".scope") return name;
  return {};
}

bool is_made_for(pid_t process, const std::string& unit, const char* exec_pid) {
  if (fs::path{unit}.extension() == ".scope") return !unit.starts_with("session-");
  return exec_pid != nullptr && std::to_string(process) == exec_pid;
}

GroupLack lack_of_groups(const GroupMaker& maker) {
  struct statfs status {};
  const std::string folder = maker.folder.string();
  if (::statfs(folder.c_str(), &status) != 0 || status.f_type != CGROUP2_SUPER_MAGIC)
    return {folder + " has no control groups of version 2",
            maker.systemd_run ? "boot Linux with systemd.unified_cgroup_hierarchy=1"
                              : "have them mounted there (`mount -t cgroup2 cgroup2 " + folder +
                                    "` where nothing is)"};
  if ((status.f_flags & ST_RDONLY) != 0)
    return {folder + " is read-only here, as in a service, which `systemctl edit` limits", ""};
  if (maker.systemd_run && ::access(maker.systemd_run->c_str(), X_OK) != 0)
    return {"there is no " + maker.systemd_run->string(), "install it, with systemd"};
  return {};
}

}  // namespace xenlaunch
