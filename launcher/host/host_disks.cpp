#include "launcher/host/host_disks.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <regex>
#include <utility>

#include "devicemodel/disk_target.h"
#include "launcher/host/backend_drivers.h"
#include "launcher/host/qcow2_links.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

bool is_ahci_disk(const DiskConfig& disk) {
  return disk.type == DiskType::disk && target_of(disk).bus == DiskBus::ahci;
}

}  // namespace

bool unplugs_ahci(const std::string& version) {
  static const std::regex numbers{R"(([0-9]{1,4})\.([0-9]{1,4})(\..*)?)"};
  std::smatch found;
  if (!std::regex_match(version, found, numbers)) return false;
  return std::pair{std::stoi(found[1]), std::stoi(found[2])} >= std::pair{8, 2};
}

HostDisks read_host_disks(const std::vector<DiskConfig>& disks, const fs::path& root,
                          const std::function<std::string()>& qemu_version) {
  HostDisks host;
  if (root != "/") return host;
  for (const DiskConfig& disk : disks) {
    if (disk.format == DiskFormat::qcow2)
      if (auto files = follow_links(disk.image, {}).files; !files.empty())
        host.linked_images[disk.image] = std::move(files);
    struct stat status {};
    if (disk.image.empty() || ::stat(disk.image.c_str(), &status) != 0 || !S_ISBLK(status.st_mode))
      continue;
    std::error_code error;
    const fs::path path = fs::canonical(disk.image, error);
    host.block_devices[disk.image] = {.path = error ? disk.image : path.string(),
                                      .major = major(status.st_rdev),
                                      .minor = minor(status.st_rdev)};
  }
  host.blkback = !host.block_devices.empty() && serves_backends(root, "vbd");
  host.unplugs_ahci =
      std::ranges::any_of(disks, is_ahci_disk) && xenlaunch::unplugs_ahci(qemu_version());
  return host;
}

}  // namespace xenlaunch
