#include "launcher/host/device_tree_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/read_file.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/pci_rom.h"
#include "launcher/host/secrets.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// What is read of PCI functions, disks, network interfaces and framebuffers; neither serial
/// numbers nor addresses are among it.
constexpr std::array<std::string_view, 36> attributes{"vendor",
                                                      "device",
                                                      "subsystem_vendor",
                                                      "subsystem_device",
                                                      "class",
                                                      "revision",
                                                      "irq",
                                                      "resource",
                                                      "reset_method",
                                                      "boot_vga",
                                                      "modalias",
                                                      "secondary_bus_number",
                                                      "enable",
                                                      "numa_node",
                                                      "subordinate_bus_number",
                                                      "sriov_numvfs",
                                                      "name",
                                                      "dev",
                                                      "sriov_totalvfs",
                                                      "size",
                                                      "partition",
                                                      "ro",
                                                      "removable",
                                                      "ifindex",
                                                      "operstate",
                                                      "type",
                                                      "backing_file",
                                                      "level",
                                                      "array_state",
                                                      "active_slave",
                                                      "slaves",
                                                      "mode",
                                                      "vlan_id",
                                                      "hidden",
                                                      "physical_device",
                                                      "tun_flags"};

/// Links from a device to others that any command follows.
bool is_wanted_link(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::string folder = path.parent_path().filename().string();
  const auto is = [&name](std::string_view other) { return name == other; };
  return is("driver") || is("physfn") || is("device") || is("iommu_group") || is("master") ||
         is("cache") || is("bridge") || name.starts_with("virtfn") || name.starts_with("upper_") ||
         name.starts_with("lower_") || name.starts_with("bdev") || folder == "holders" ||
         folder == "slaves" || folder == "brif" || folder == "devices" || is("bcache") ||
         (name.starts_with("nvme") &&
          path.string().find("/nvme-subsystem/") != std::string::npos) ||
         (is("dev") && folder == "bcache");
}

/// That of a disk's server, which is none of hardware.
bool is_server_address(const fs::path& path) {
  const std::string text = path.string();
  return path.filename() == "address" && (text.find("/iscsi_connection/") != std::string::npos ||
                                          text.find("/nvme-fabrics/") != std::string::npos);
}

/// Folders of sysfs in which nothing is that we read.
bool is_dull(const std::string& name) {
  return name == "power" || name == "msi_irqs" || name == "queue" || name == "queues" ||
         name == "statistics" || name == "trace" || name == "wakeup" || name == "link" ||
         name == "mq" || name == "integrity" || name == "hwmon" || name == "firmware_node";
}

std::vector<fs::directory_entry> sorted(const fs::path& folder) {
  std::vector<fs::directory_entry> all;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error))
    all.push_back(*entry);
  std::ranges::sort(all);
  return all;
}

}  // namespace

std::optional<std::string> first_bytes(const fs::path& file, std::size_t most) {
  FileContent content = read_file(file, {.most = most,
                                         .beyond = ReadLimit::Beyond::is_left_out,
                                         .in_one_read = true,
                                         .also_devices = file == "/dev/vga_arbiter"});
  if (content.error != 0) return std::nullopt;
  return std::move(content.bytes);
}

bool make_folder_in_copy(const fs::path& folder) {
  std::error_code error;
  // What was copied may hold links to anywhere.
  if (fs::weakly_canonical(folder, error) != folder)
    throw Error{ExitCode::host, "cannot make " + folder.string() + ": a link is on the way to it"};
  const bool is_new = fs::create_directories(folder, error);
  if (error) throw_errno(ExitCode::host, error.value(), "make " + folder.string());
  return is_new;
}

void write_copy(const fs::path& file, std::string_view bytes) {
  make_folder_in_copy(file.parent_path());
  const FileDescriptor out{
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644)};
  while (out.get() >= 0 && !bytes.empty()) {
    const ssize_t written = ::write(out.get(), bytes.data(), bytes.size());
    if (written < 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (out.get() < 0 || !bytes.empty()) throw_errno(ExitCode::host, errno, "write " + file.string());
}

fs::path DeviceTreeCopy::in_copy(const fs::path& path) const {
  return copy_ / without_addresses(path.string());
}

std::size_t DeviceTreeCopy::entries_of(const fs::path& path) {
  const std::size_t before = made_;
  std::error_code ignored;
  if (fs::is_directory(root_ / path, ignored)) folder(path);
  for (const fs::directory_entry& entry : sorted(root_ / path)) {
    const fs::path one = path / entry.path().filename();
    if (entry.is_symlink(ignored))
      link(one);
    else if (entry.is_directory(ignored))
      device(one);
  }
  return made_ - before;
}

void DeviceTreeCopy::folder(const fs::path& path) {
  if (make_folder_in_copy(in_copy(path))) ++made_;
}

void DeviceTreeCopy::link(const fs::path& path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(root_ / path, error);
  if (error || target.is_absolute()) return;
  folder(path.parent_path());
  fs::create_symlink(without_addresses(target.string()), in_copy(path), error);
  if (error && error != std::errc::file_exists)
    throw_errno(ExitCode::host, error.value(), "make " + (in_copy(path)).string());
  if (!error) ++made_;
  const std::string leads_to = (path.parent_path() / target).lexically_normal().string();
  if (leads_to.starts_with("sys/devices/"))
    device(leads_to);
  else if (leads_to.starts_with("sys/") && leads_to.find("/drivers/") != std::string::npos)
    folder(leads_to);
}

/// The kernel gives no byte of it until it is switched on, which has_rom does where that is
/// harmless.
std::string DeviceTreeCopy::rom_of(const fs::path& path, const std::string& bytes) const {
  const auto address = PciAddress::parse(path.parent_path().filename().string());
  if (root_ != "/" || !bytes.empty() || !address) return bytes;
  const std::optional<PciFunction> function = read_pci_function(root_, *address);
  const std::optional<bool> found = function ? has_rom(root_, *function) : std::nullopt;
  if (!found) return rom_not_read;
  return *found ? "\x55" : "";
}

void DeviceTreeCopy::attribute(const fs::path& path) {
  const std::string name = path.filename().string();
  constexpr std::size_t page = 4096;
  std::size_t most = page;
  if (name == "config") most = 64;
  if (name == "rom") most = 2;
  // That they are there is what counts of these; one of them cannot be read.
  const bool by_presence = name == "rom" || name == "reset";
  if (!by_presence && name != "config" && name != "uevent" && !is_server_address(path) &&
      std::ranges::find(attributes, name) == attributes.end())
    return;
  std::optional<std::string> bytes =
      name == "reset" ? std::string{} : first_bytes(root_ / path, most);
  // Of a network interface it tells bridges and the like from hardware.
  if (name == "uevent") bytes = lines_with(bytes.value_or(""), {"DEVTYPE="});
  if (name == "rom") bytes = rom_of(path, bytes.value_or(""));
  if ((!bytes && !by_presence) || (name == "uevent" && bytes->empty())) return;
  write_copy(in_copy(path), bytes.value_or(""));
  ++made_;
}

void DeviceTreeCopy::device(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(root_ / path, ignored) || !seen_.insert(path).second) return;
  folder(path);
  for (const fs::directory_entry& entry : sorted(root_ / path)) {
    const fs::path one = path / entry.path().filename();
    if (entry.is_symlink(ignored)) {
      if (is_wanted_link(one)) link(one);
    } else if (entry.is_directory(ignored)) {
      if (!is_dull(one.filename().string())) device(one);
    } else {
      attribute(one);
    }
  }
}

}  // namespace xenlaunch
