// Who uses block devices: mounts, swap, backends of VMs, programs.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "launcher/host/block_needs.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error))
    all.push_back(entry->path());
  std::ranges::sort(all);
  return all;
}

/// Where `path` is a link, as /dev/VG/LV, the node that it names.
std::string node_behind(const fs::path& root, const std::string& path) {
  if (!path.starts_with("/dev/")) return path;
  const std::optional<std::string> name = link_name(root / path.substr(1));
  return name ? "/dev/" + *name : path;
}

/// Those that this process sees, and those that init sees: a service may have a view of its own.
std::vector<Mount> read_mounts(const fs::path& root) {
  std::vector<Mount> all;
  for (const char* file : {"proc/self/mountinfo", "proc/1/mountinfo"})
    for (Mount& mount : parse_mountinfo(read_if_readable(root / file).value_or("")))
      if (std::ranges::find(all, mount) == all.end()) all.push_back(std::move(mount));
  if (all.empty()) all = parse_mounts(read_if_readable(root / "proc/mounts").value_or(""));
  for (Mount& mount : all) mount.source = node_behind(root, mount.source);
  return all;
}

/// xen-blkback's, "vbd-DOMID-HANDLE", tell major and minor in hexadecimal (VBD_SHOW of Linux
/// drivers/block/xen-blkback/xenbus.c).
void add_backends(std::vector<BlockUsers::User>& users, const fs::path& root) {
  for (const fs::path& backend : entries(root / "sys/bus/xen-backend/devices")) {
    const std::string name = backend.filename().string();
    const std::string device = read_if_readable(backend / "physical_device").value_or("");
    const std::size_t colon = device.find(':');
    if (!name.starts_with("vbd-") || colon == std::string::npos) continue;
    unsigned major_number = 0;
    unsigned minor_number = 0;
    const char* text = device.data();
    std::from_chars(text, text + colon, major_number, 16);
    std::from_chars(text + colon + 1, text + device.size(), minor_number, 16);
    if (major_number == 0) continue;
    users.push_back({Dom0NeedKind::vm_disk, fmt::format("{}:{}", major_number, minor_number),
                     "domain " + name.substr(4, name.find('-', 4) - 4)});
  }
}

/// What of it stands in `descriptor`; "" where that is no block device. On this host its number: a
/// node may have any name. In a copy its path.
std::string open_device(const fs::path& descriptor, bool is_this_host) {
  std::error_code error;
  const std::string path = fs::read_symlink(descriptor, error).string();
  if (error || !path.starts_with("/dev/")) return "";
  if (!is_this_host) return path;
  struct stat status {};
  if (::stat(descriptor.c_str(), &status) != 0 || !S_ISBLK(status.st_mode)) return "";
  return fmt::format("{}:{}", major(status.st_rdev), minor(status.st_rdev));
}

/// QEMU, of whose names Linux keeps fifteen characters ("xen-qemu-system"), and XenServer's.
bool serves_vms(const std::string& program) {
  return program.find("qemu") != std::string::npos || program.starts_with("tapdisk");
}

void add_programs(std::vector<BlockUsers::User>& users, const fs::path& root) {
  const bool is_this_host = root == "/";
  const std::string self = std::to_string(::getpid());
  for (const fs::path& process : entries(root / "proc")) {
    const std::string pid = process.filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (is_this_host && pid == self) continue;
    std::set<std::string> open;
    for (const fs::path& descriptor : entries(process / "fd"))
      if (std::string device = open_device(descriptor, is_this_host); !device.empty())
        open.insert(std::move(device));
    if (open.empty()) continue;
    std::string program = read_if_readable(process / "comm").value_or("a program");
    if (program.ends_with('\n')) program.pop_back();
    const auto kind = serves_vms(program) ? Dom0NeedKind::vm_disk : Dom0NeedKind::open_block_device;
    for (const std::string& device : open)
      users.push_back({kind, device, fmt::format("{} (process {})", program, pid)});
  }
}

}  // namespace

bool has_network_disks(const fs::path& root) {
  return is_present(root / "sys/class/iscsi_connection") ||
         is_present(root / "sys/devices/virtual/nvme-fabrics/ctl") ||
         std::ranges::any_of(read_mounts(root),
                             [](const Mount& mount) { return !mount.server.empty(); });
}

BlockUsers read_block_users(const fs::path& root) {
  BlockUsers users;
  users.mounts = read_mounts(root);
  for (const std::string& path : parse_swaps(read_if_readable(root / "proc/swaps").value_or("")))
    users.swaps.push_back(node_behind(root, path));
  // Mounted ones only (btrfs_sysfs_add_mounted of Linux fs/btrfs/sysfs.c).
  for (const fs::path& one : entries(root / "sys/fs/btrfs"))
    for (const fs::path& device : entries(one / "devices"))
      users.btrfs[one.filename().string()].push_back(device.filename().string());
  add_backends(users.users, root);
  add_programs(users.users, root);
  return users;
}

}  // namespace xenlaunch
