// What sysfs says of block devices.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "base/file_descriptor.h"
#include "launcher/host/block_needs.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

std::string attribute(const fs::path& file) {
  std::string text = read_if_readable(file).value_or("");
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string parent_name(const fs::path& path) {
  return path.parent_path().filename().string();
}

/// Where more controllers lead to one NVMe namespace, its disk stands in a folder that has a link
/// to each of them (nvme_init_subsystem of Linux drivers/nvme/host/core.c).
std::vector<std::string> paths_of(const fs::path& root, const std::string& link) {
  std::vector<std::string> paths{link};
  if (!link.starts_with("devices/virtual/nvme-subsystem/")) return paths;
  const fs::path subsystem = root / "sys" / fs::path{link}.parent_path();
  std::error_code error;
  for (const std::string& name : names_in(subsystem))
    if (name.starts_with("nvme"))
      if (const fs::path to = fs::read_symlink(subsystem / name, error); !error)
        paths.push_back(to.string() + "/");
  return paths;
}

/// Of the disk of an iSCSI session, its connection's (drivers/scsi/scsi_transport_iscsi.c); of an
/// NVMe disk over the network, that of each of its controllers (drivers/nvme/host/sysfs.c).
std::vector<std::string> servers_of(const fs::path& root, const std::vector<std::string>& paths) {
  std::vector<std::string> servers;
  const std::string session = "/session";
  const std::string fabrics = "nvme-fabrics/ctl/";
  for (const std::string& path : paths) {
    const auto part_behind = [&path](const std::string& mark) {
      const std::size_t at = path.find(mark);
      if (at == std::string::npos) return std::string{};
      const std::size_t from = at + mark.size();
      return path.substr(from, path.find('/', from) - from);
    };
    if (const std::string number = part_behind(session); !number.empty())
      servers.push_back(attribute(root / "sys/class/iscsi_connection" /
                                  ("connection" + number + ":0") / "address"));
    if (const std::string controller = part_behind(fabrics); !controller.empty()) {
      std::istringstream parts{
          attribute(root / "sys/devices/virtual" / fabrics / controller / "address")};
      for (std::string part; std::getline(parts, part, ',');)
        if (part.starts_with("traddr=")) servers.push_back(part.substr(7));
    }
  }
  return servers;
}

/// ID_FS_LABEL of a member is its pool's name (probe_zfs of util-linux's libblkid).
std::string zfs_pool(const fs::path& root, const std::string& number) {
  std::istringstream lines{read_if_readable(root / "run/udev/data" / ("b" + number)).value_or("")};
  bool is_member = false;
  std::string label;
  for (std::string line; std::getline(lines, line);) {
    if (line == "E:ID_FS_TYPE=zfs_member") is_member = true;
    if (line.starts_with("E:ID_FS_LABEL=")) label = line.substr(14);
  }
  return is_member ? label : "";
}

void put_above(std::vector<BlockDevice>& devices, const std::string& lower,
               const std::string& upper) {
  for (BlockDevice& device : devices)
    if (device.node.name == lower && std::ranges::count(device.node.above, upper) == 0)
      device.node.above.push_back(upper);
}

}  // namespace

std::map<std::string, std::string> read_class_links(const fs::path& folder) {
  std::map<std::string, std::string> links;
  for (const std::string& name : names_in(folder)) {
    std::error_code error;
    const std::string target = fs::read_symlink(folder / name, error).string();
    // A copy's links may be absolute: what counts is where they lead to below sys.
    const std::size_t at = error ? std::string::npos : target.find("devices/");
    if (at == std::string::npos || target.find("/..", at) != std::string::npos) continue;
    links.emplace(name, target.substr(at));
  }
  return links;
}

std::vector<BlockDevice> read_block_devices(const fs::path& root) {
  const std::map<std::string, std::string> links = read_class_links(root / "sys/class/block");
  std::vector<BlockDevice> devices;
  for (const auto& [name, link] : links) {
    const fs::path folder = root / "sys" / link;
    // One of the ways to a disk, which nobody can open (GENHD_FL_HIDDEN of block/genhd.c).
    if (attribute(folder / "hidden") == "1") continue;
    const std::string number = attribute(folder / "dev");
    const std::vector<std::string> paths = paths_of(root, link);
    devices.push_back({.node = {.name = name,
                                .shown = attribute(folder / "dm/name"),
                                .paths = paths,
                                .is_part = links.contains(parent_name(link)),
                                .above = names_in(folder / "holders")},
                       .number = number,
                       .backing_file = attribute(folder / "loop/backing_file"),
                       .servers = servers_of(root, paths),
                       .pool = zfs_pool(root, number)});
  }
  for (const auto& [name, link] : links) {
    put_above(devices, parent_name(link), name);
    const fs::path folder = root / "sys" / link;
    for (const std::string& lower : names_in(folder / "slaves")) put_above(devices, lower, name);
    // Its backing device is among the slaves of none (cached_dev_run of drivers/md/bcache/super.c).
    std::error_code error;
    if (const fs::path to = fs::read_symlink(folder / "bcache", error); !error)
      put_above(devices, parent_name(to), name);
  }
  return devices;
}

Claim ask_claim(const BlockDevice& device) {
  const std::string node = "/dev/" + device.node.name;
  const FileDescriptor file{::open(node.c_str(), O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC)};
  if (file.get() < 0) {
    if (errno == EBUSY) return Claim::taken;
    return errno == ENOMEDIUM || errno == ENXIO || errno == ENODEV ? Claim::free : Claim::not_known;
  }
  struct stat status {};
  const bool is_it =
      ::fstat(file.get(), &status) == 0 && S_ISBLK(status.st_mode) &&
      fmt::format("{}:{}", major(status.st_rdev), minor(status.st_rdev)) == device.number;
  return is_it ? Claim::free : Claim::not_known;
}

}  // namespace xenlaunch
