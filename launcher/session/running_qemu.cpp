#include "launcher/session/running_qemu.h"

#include <algorithm>

#include "base/text.h"
#include "devicemodel/find_qemu.h"
#include "devicemodel/proc_cgroup.h"
#include "launcher/host/mount_table.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// Whether a namespace of that kind is another one than ours.
bool has_own(const fs::path& process, const fs::path& self, const char* kind) {
  std::error_code error;
  const fs::path its = fs::read_symlink(process / "ns" / kind, error);
  if (error) return false;
  const fs::path ours = fs::read_symlink(self / "ns" / kind, error);
  return !error && its != ours;
}

/// Below a root of its own, which is nobody's to write to, it may see no mount at all.
bool cannot_write_root(const fs::path& process, bool has_own_root) {
  if (has_own_root) return true;

  const auto mounts = parse_mountinfo(read_if_readable(process / "mountinfo").value_or(""));
  return std::ranges::any_of(
      mounts, [](const Mount& mount) { return mount.point == "/" && mount.is_read_only; });
}

}  // namespace

std::vector<std::string> confinement_of(pid_t pid, const fs::path& root) {
  const fs::path process = root / "proc" / std::to_string(pid);
  const fs::path self = root / "proc/self";
  const std::string status = read_if_readable(process / "status").value_or("");
  const auto says = [&status](const char* line) { return status.find(line) != std::string::npos; };
  std::vector<std::string> confinement;
  const auto add = [&confinement](const char* name, bool is_so) {
    if (is_so) confinement.emplace_back(name);
  };
  std::error_code error;
  const fs::path its_root = fs::read_symlink(process / "root", error);
  const bool has_own_root = !error && its_root != fs::read_symlink(self / "root", error);
  add("files", has_own(process, self, "mnt") && cannot_write_root(process, has_own_root));
  add("system_calls", says("\nSeccomp:\t2\n"));
  add("privileges", says("\nNoNewPrivs:\t1\n"));
  add("ipc", has_own(process, self, "ipc"));
  add("network", has_own(process, self, "net"));
  add("user", says("\nUid:\t") && !says("\nUid:\t0\t"));
  add("root", has_own_root);
  add("domains", is_restricted_qemu(pid, root / "proc"));
  return confinement;
}

std::string control_group_of(pid_t pid, const fs::path& root) {
  const auto cgroup = read_if_readable(root / "proc" / std::to_string(pid) / "cgroup");
  return printable(control_group_in(cgroup.value_or("")));
}

std::optional<RunningQemu> running_qemu(Domid domid, std::optional<pid_t> launcher) {
  const std::optional<pid_t> pid = find_qemu(domid, launcher);
  if (!pid) return std::nullopt;
  RunningQemu qemu{{.pid = *pid, .confinement = confinement_of(*pid, "/")},
                   control_group_of(*pid, "/")};
  if (const auto server = find_disk_server(domid, launcher)) {
    qemu.disk_server = CagedProcess{.pid = *server, .confinement = confinement_of(*server, "/")};
    if (find_store_filter(domid, launcher)) qemu.disk_server->confinement.emplace_back("xenstore");
  }
  return qemu;
}

}  // namespace xenlaunch
