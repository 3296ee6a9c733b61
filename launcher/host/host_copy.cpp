#include "launcher/host/host_copy.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <sstream>

#include "base/error.h"
#include "launcher/host/device_tree_copy.h"
#include "launcher/host/secrets.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

using Edit = std::function<std::string(std::string_view)>;

std::string whole(std::string_view text) {
  return std::string{text};
}

std::string pciback_modules(std::string_view text) {
  return lines_with(text, {"xen-pciback"});
}

class Copier {
 public:
  Copier(const fs::path& root, const fs::path& copy)
      : root_{root}, copy_{copy}, devices_{root, copy} {}

  HostCopy run(const std::optional<std::string>& xen_command_line);

 private:
  void file(const fs::path& path, const Edit& edit = whole);
  void file_unless_empty(const fs::path& path, const Edit& edit);
  void files_below(const fs::path& folder, std::string_view suffix, const Edit& edit = whole);
  void presence(const fs::path& path);
  void folder(const fs::path& path);
  void with_time_of(const fs::path& path);
  void tree(const fs::path& folder);
  void kernels();
  void boot_files();
  void firmware();
  void device_links();
  void device_users();
  std::vector<std::string> names_below(const fs::path& folder) const {
    return names_in(root_ / folder);
  }

  fs::path root_;
  fs::path copy_;
  DeviceTreeCopy devices_;
  HostCopy result_;
};

void Copier::file(const fs::path& path, const Edit& edit) {
  std::optional<std::string> text;
  try {
    text = read_bytes(root_ / path);
  } catch (const Error& error) {
    result_.left_out.push_back({path.string(), error.what()});
  }
  if (!text) return;
  write_copy(copy_ / path, edit(*text));
  result_.taken.push_back({path.string(), 1});
}

void Copier::file_unless_empty(const fs::path& path, const Edit& edit) {
  const std::string text = edit(read_if_readable(root_ / path).value_or(""));
  if (text.empty()) return;
  write_copy(copy_ / path, text);
  result_.taken.push_back({path.string(), 1});
}

void Copier::files_below(const fs::path& folder, std::string_view suffix, const Edit& edit) {
  for (const std::string& name : names_below(folder))
    if (name.ends_with(suffix)) file(folder / name, edit);
}

void Copier::presence(const fs::path& path) {
  if (!is_present(root_ / path)) return;
  write_copy(copy_ / path, "");
  result_.taken.push_back({path.string(), 1});
}

void Copier::folder(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(root_ / path, error)) return;
  make_folder_in_copy(copy_ / path);
  result_.taken.push_back({path.string(), 1});
}

void Copier::with_time_of(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(root_ / path, error);
  if (!error) fs::last_write_time(copy_ / path, time, error);
}

void Copier::tree(const fs::path& folder) {
  const std::size_t files = devices_.entries_of(folder);
  if (files != 0) result_.taken.push_back({folder.string(), files});
}

void Copier::kernels() {
  for (const std::string& release : names_below("lib/modules"))
    for (const char* list : {"modules.builtin", "modules.dep"})
      file(fs::path{"lib/modules"} / release / list, pciback_modules);
  for (const std::string& name : names_below("boot")) {
    const fs::path path = fs::path{"boot"} / name;
    // Whether it is older than a file of modprobe's is what counts.
    if (name.starts_with("initrd.img-") || name.starts_with("initramfs-")) {
      presence(path);
      with_time_of(path);
    }
  }
}

void Copier::boot_files() {
  for (const char* name :
       {"boot/grub/grub.cfg", "boot/grub/custom.cfg", "boot/grub/grubenv", "etc/default/grub"})
    file(name, grub_without_secrets);
  files_below("etc/default/grub.d", ".cfg", grub_without_secrets);
  files_below("etc/default/grub.d", ".cfg.before", grub_without_secrets);
  for (const char* folder : {"etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d",
                             "usr/lib/modprobe.d", "lib/modprobe.d"}) {
    files_below(folder, ".conf", only_pciback);
    for (const std::string& name : names_below(folder))
      if (is_present(copy_ / folder / name)) with_time_of(fs::path{folder} / name);
  }
}

void Copier::firmware() {
  for (const char* table : {"DMAR", "RMAD", "IVRS"})
    file(fs::path{"sys/firmware/acpi/tables"} / table);
  folder("sys/firmware/efi");
  file("sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
}

bool is_of_a_device(const std::string& target) {
  if (!target.starts_with("/dev/")) return false;
  const std::string name = target.substr(5);
  return std::ranges::none_of(
      std::initializer_list<const char*>{"null", "zero", "full", "random", "urandom", "pts/",
                                         "ptmx", "tty", "console", "kmsg", "shm/", "hvc"},
      [&name](const char* dull) { return name.starts_with(dull); });
}

/// Whose file system a disk or partition is a member of, where that is ZFS.
std::string zfs_lines(std::string_view udev) {
  const std::string lines = lines_with(udev, {"E:ID_FS_TYPE=zfs_member", "E:ID_FS_LABEL="});
  return lines.find("zfs_member") == std::string::npos ? "" : lines;
}

std::string minor_of_nvidia(std::string_view information) {
  return lines_with(information, {"Device Minor:"});
}

/// The links below /dev that mounts and swaps name, as /dev/mapper/root.
void Copier::device_links() {
  std::size_t links = 0;
  for (const char* list :
       {"proc/self/mountinfo", "proc/1/mountinfo", "proc/mounts", "proc/swaps"}) {
    std::istringstream words{read_if_readable(root_ / list).value_or("")};
    for (std::string word; words >> word;) {
      if (!word.starts_with("/dev/") || word.find("/..") != std::string::npos) continue;
      std::error_code error;
      const fs::path target = fs::read_symlink(root_ / word.substr(1), error);
      if (error) continue;
      const fs::path folder = (copy_ / word.substr(1)).lexically_normal().parent_path();
      if (fs::weakly_canonical(folder, error) != folder) continue;  // behind a link that was copied
      make_folder_in_copy(folder);
      fs::create_symlink(target, copy_ / word.substr(1), error);
      if (!error) ++links;
    }
  }
  if (links != 0) result_.taken.push_back({"dev", links});
}

/// The programs that have a device open, by their names alone.
void Copier::device_users() {
  std::size_t links = 0;
  for (const std::string& pid : names_below("proc")) {
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const fs::path process = fs::path{"proc"} / pid;
    std::size_t found = 0;
    for (const std::string& name : names_below(process / "fd")) {
      std::error_code error;
      const std::string target = fs::read_symlink(root_ / process / "fd" / name, error).string();
      if (error || !is_of_a_device(target)) continue;
      make_folder_in_copy(copy_ / process / "fd");
      fs::create_symlink(target, copy_ / process / "fd" / name, error);
      ++found;
    }
    if (found == 0) continue;
    if (const auto name = read_if_readable(root_ / process / "comm"))
      write_copy(copy_ / process / "comm", *name);
    links += found + 1;
  }
  if (links != 0) result_.taken.push_back({"proc/PID/fd", links});
}

HostCopy Copier::run(const std::optional<std::string>& xen_command_line) {
  for (const char* folder :
       {"sys/bus/pci/devices", "sys/class/graphics", "sys/class/drm", "sys/class/block",
        "sys/class/net", "sys/class/iommu", "sys/class/iscsi_connection",
        "sys/bus/xen-backend/devices", "sys/fs/btrfs"})
    tree(folder);
  folder("sys/bus/pci/drivers/pciback");
  for (const std::string& name : names_below("sys/devices/platform"))
    if (name.find("framebuffer") != std::string::npos)
      devices_.device(fs::path{"sys/devices/platform"} / name);
  file("sys/module/xen_pciback/parameters/hide");
  file("sys/kernel/security/lockdown");
  for (const char* name : {"type", "version/major", "version/minor", "version/extra"})
    file(fs::path{"sys/hypervisor"} / name);
  firmware();
  file("proc/cmdline", without_secrets);
  file("proc/cpuinfo", first_processor);
  for (const char* name : {"proc/iomem", "proc/fb", "proc/swaps", "proc/sys/kernel/osrelease"})
    file(name);
  file("proc/net/route", without_addresses);
  file("proc/net/ipv6_route", default_routes);
  for (const char* name : {"proc/mounts", "proc/self/mountinfo", "proc/1/mountinfo"})
    file(name, without_secrets);
  device_links();
  device_users();
  for (const std::string& name : names_below("run/udev/data"))
    if (name.starts_with('b')) file_unless_empty(fs::path{"run/udev/data"} / name, zfs_lines);
  for (const std::string& bdf : names_below("proc/driver/nvidia/gpus"))
    file(fs::path{"proc/driver/nvidia/gpus"} / bdf / "information", minor_of_nvidia);
  if (const auto answer = first_bytes(root_ / "dev/vga_arbiter", 4096)) {
    // The device says the same at every read, and without a default card it says so for ever.
    write_copy(copy_ / "dev/vga_arbiter", answer->substr(0, answer->find('\n')) + "\n");
    result_.taken.push_back({"dev/vga_arbiter", 1});
  }
  boot_files();
  kernels();
  file("etc/xenlaunch/host.yaml");
  for (const std::string& name : names_below("usr/lib"))
    if (name.starts_with("xen")) presence(fs::path{"usr/lib"} / name / "boot/hvmloader");
  presence("usr/libexec/xen/boot/hvmloader");
  if (xen_command_line) {
    write_copy(copy_ / "xen-commandline", without_secrets(*xen_command_line) + "\n");
    result_.taken.push_back({"xen-commandline", 1});
  }
  return result_;
}

[[noreturn]] void fail(ExitCode code, const fs::path& folder, const std::string& reason) {
  throw Error{code, "cannot copy the host to " + folder.string() + ": " + reason};
}

}  // namespace

HostCopy copy_host(const fs::path& root, const fs::path& folder,
                   const std::optional<std::string>& xen_command_line) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(folder, error);
  if (fs::exists(status) && (!fs::is_directory(status) || !fs::is_empty(folder, error)))
    fail(ExitCode::usage, folder, "it is there already; name a new or an empty folder");
  fs::path absolute = fs::absolute(folder).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  const fs::path beside = absolute.string() + ".partial-" + std::to_string(::getpid());
  if (!fs::create_directory(beside, error) || error)
    fail(ExitCode::host, folder,
         "cannot make " + beside.string() + ": " +
             (error ? errno_text(error.value()) : "it is there already"));
  // Some of what is read is closed to other users.
  fs::permissions(beside, fs::perms::owner_all, error);
  try {
    HostCopy result = Copier{root, fs::canonical(beside)}.run(xen_command_line);
    fs::rename(beside, absolute, error);
    if (error)
      throw Error{ExitCode::host,
                  "cannot rename " + beside.string() + ": " + errno_text(error.value())};
    return result;
  } catch (const std::exception& problem) {
    fs::remove_all(beside, error);
    fail(ExitCode::host, folder, problem.what());
  }
}

}  // namespace xenlaunch
