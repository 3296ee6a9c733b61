#include "launcher/run/qemu_confinement.h"

#include <algorithm>
#include <array>

#include "devicemodel/system_call_filter.h"
#include "launcher/host/path_below.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// Where QEMU keeps what is of its domain, and where device nodes and attributes are.
constexpr std::array<const char*, 7> open_folders{"/dev", "/proc",    "/run",    "/sys",
                                                  "/tmp", "/var/run", "/var/tmp"};

/// A QEMU with all devices that a VM file can have holds a hundred or two.
constexpr unsigned most_open_files = 4096;

bool is_open(const fs::path& path) {
  return std::ranges::any_of(open_folders,
                             [&](const char* folder) { return is_below(path, folder); });
}

/// As it is where nobody can say.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  return error ? path : real;
}

}  // namespace

std::vector<fs::path> what_disk_server_writes(const LaunchPlan& plan) {
  std::vector<fs::path> written;
  for (const PlannedDisk& disk : plan.disks)
    if (disk.backend == DiskBackend::qdisk && !disk.handed && !disk.config.readonly)
      written.emplace_back(disk.config.image);
  return written;
}

std::optional<FileRules> what_root_opens(const LaunchPlan& plan) {
  // Of xen/hypercall it has memory; to make hypercalls takes privcmd.
  FileRules files{
      .read = {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime"},
      .written = {"/dev/null", "/dev/xen/evtchn", "/dev/xen/gntdev", "/dev/xen/hypercall"}};
  std::error_code unknown;
  for (const PlannedDisk& disk : plan.disks) {
    if (disk.backend != DiskBackend::qdisk) continue;
    files.written.push_back(real_path(disk.config.image));
    // A block device may be what holds the image's data, and is no less open to it as it is.
    for (const fs::path& linked : disk.links)
      (fs::is_block_file(fs::status(linked, unknown)) ? files.written : files.read)
          .push_back(linked);
  }
  const auto is_in_run = [](const fs::path& path) { return is_below(path, "/run"); };
  if (!is_below(real_path(plan.device_model.path), "/usr") ||
      std::ranges::any_of(files.read, is_in_run) || std::ranges::any_of(files.written, is_in_run))
    return std::nullopt;
  return files;
}

std::vector<fs::path> what_qemu_writes(const LaunchPlan& plan) {
  std::vector<fs::path> written;
  for (const DiskConfig& disk : plan.vm.disks)
    if (disk.type == DiskType::disk && !disk.readonly) written.emplace_back(disk.image);
  const SerialConfig& serial = plan.vm.serial;
  if (serial.kind == SerialConfig::Kind::file || serial.kind == SerialConfig::Kind::unix_socket)
    written.push_back(fs::path{serial.path}.parent_path());
  if (plan.vm.vnc && plan.vm.vnc->socket)
    written.push_back(fs::path{*plan.vm.vnc->socket}.parent_path());
  return written;
}

std::vector<std::string> environment_of_qemu() {
  return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
}

Confinement confine(const std::vector<fs::path>& written, const std::vector<Mount>& mounts) {
  Confinement confinement;
  const auto add = [&](const fs::path& path) {
    const auto& bound = confinement.bound;
    if (std::ranges::find(bound, path) == bound.end()) confinement.bound.push_back(path);
  };
  for (const char* folder : open_folders)
    if (std::ranges::find(mounts, folder, &Mount::point) == mounts.end() &&
        fs::is_directory(fs::symlink_status(folder)))
      add(folder);
  for (const fs::path& path : written)
    if (const fs::path real = fs::weakly_canonical(path); !is_open(real)) add(real);
  confinement.writable = confinement.bound;
  // It could leave its control group.
  const auto has_groups = [](const Mount& mount) { return mount.type.starts_with("cgroup"); };
  for (const Mount& mount : mounts)
    if (is_open(mount.point) && !mount.is_read_only && !has_groups(mount))
      confinement.writable.emplace_back(mount.point);
  confinement.system_calls = system_call_filter();
  confinement.open_files = most_open_files;
  return confinement;
}

}  // namespace xenlaunch
