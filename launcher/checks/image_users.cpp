#include "launcher/checks/image_users.h"

#include <sys/stat.h>

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "launcher/host/device_owner.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// A file or a block device, whatever it is called.
struct Identity {
  bool is_device = false;
  dev_t device{};  ///< the block device, or the one that the file is on
  ino_t inode{};   ///< of a file
  friend bool operator==(const Identity&, const Identity&) = default;
};

std::optional<Identity> identity_of(const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return std::nullopt;
  if (S_ISBLK(status.st_mode)) return Identity{.is_device = true, .device = status.st_rdev};
  return Identity{.device = status.st_dev, .inode = status.st_ino};
}

struct User {
  DeviceOwner vm;
  Identity image;
  bool writes = false;
};

/// What `params` names: "aio:/srv/disk.img" of a qdisk, "/dev/vg/disk" of a block device.
std::string path_in(const std::string& params) {
  const std::size_t path = params.find('/');
  return path == std::string::npos ? "" : params.substr(path);
}

/// As the toolstack's record has it, or else the backend, which may have another name for it.
std::string params_of(const DeviceOwner& vm, const std::string& backend, const std::string& device,
                      Store& store) {
  const auto recorded = store.read(fmt::format("/libxl/{}/device/vbd/{}/params", vm.domid, device));
  return recorded ? *recorded : store.read(backend + "/params").value_or("");
}

void add_users(std::vector<User>& users, const DeviceOwner& vm, const std::string& backends,
               Store& store) {
  for (const std::string& device : store.list(backends)) {
    const std::string backend = backends + "/" + device;
    const auto image = identity_of(path_in(params_of(vm, backend, device, store)));
    const bool writes = store.read(backend + "/mode").value_or("w").starts_with('w');
    if (image) users.push_back({vm, *image, writes});
  }
}

std::vector<User> users_of_images(Store& store, Domains& xen, std::optional<Domid> own) {
  std::vector<User> users;
  for (const char* kind : {"qdisk", "vbd"}) {
    for (const std::string& domid : store.list(backends_path(kind))) {
      const std::optional<DeviceOwner> vm = live_domain(domid, store, xen);
      if (vm && vm->domid != own) add_users(users, *vm, backend_path(kind, domid), store);
    }
  }
  return users;
}

bool writes(const DiskConfig& disk) {
  return disk.type == DiskType::disk && !disk.readonly;
}

/// The first user of a file that is not to be had: one that writes to it, or any where we write.
const User* find_conflict(const std::vector<User>& users, const std::string& path, bool writes) {
  const std::optional<Identity> image = identity_of(path);
  const auto user = std::ranges::find_if(
      users, [&](const User& one) { return one.image == image && (one.writes || writes); });
  return user == users.end() ? nullptr : &*user;
}

}  // namespace

std::vector<Finding> check_image_users(const LaunchPlan& plan, Store& store, Domains& xen,
                                       std::optional<Domid> own) {
  std::vector<Finding> findings;
  if (plan.vm.disks.empty()) return findings;
  const std::vector<User> users = users_of_images(store, xen, own);
  const auto check = [&](const std::string& path, bool writes) {
    if (const User* user = find_conflict(users, path, writes))
      findings.push_back({FindingCode::image_in_use, path,
                          to_string(user->vm) + (user->writes ? " writes to it" : " reads it"),
                          "stop that VM, or give this one an image of its own"});
  };
  for (const DiskConfig& disk : plan.vm.disks) check(disk.image, writes(disk));
  for (const PlannedDisk& disk : plan.disks)
    for (const std::filesystem::path& linked : disk.links) check(linked, false);
  return findings;
}

}  // namespace xenlaunch
