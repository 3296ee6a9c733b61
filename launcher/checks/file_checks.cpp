#include "launcher/checks/file_checks.h"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/read_file.h"
#include "base/text.h"
#include "launcher/host/password_file.h"
#include "launcher/host/program.h"
#include "launcher/host/qcow2_links.h"
#include "launcher/host/trusted_file.h"
#include "launcher/host/video_bios.h"

namespace xenlaunch {
namespace {

/// Whether it is so. Asks without opening: closing a block device that was open for writing is an
/// event to udev.
bool check_readable(std::vector<Finding>& findings, FindingCode code, const std::string& path,
                    bool writable, const std::string& remedy = {}) {
  struct stat status {};
  std::string reason;
  if (::stat(path.c_str(), &status) != 0)
    reason = errno_text(errno);
  else if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
    reason = "it is neither a file nor a block device";
  else if (::access(path.c_str(), writable ? R_OK | W_OK : R_OK) != 0)
    reason = errno_text(errno);
  if (!reason.empty()) findings.push_back({code, path, reason, remedy});
  return reason.empty();
}

/// edk2's OvmfXen is the one of its builds that begins as an ELF file, for a PVH guest
/// (OvmfPkg/OvmfXen.fdf); the others lost their support for Xen after edk2-stable202105.
void check_uefi(std::vector<Finding>& findings, const std::string& path) {
  const FileContent head =
      read_file(path, {.most = 4, .beyond = ReadLimit::Beyond::is_left_out, .also_devices = true});
  if (!head.error && head.bytes !=
                         "\x7f"
                         "ELF")
    findings.push_back({FindingCode::firmware_not_for_xen, path,
                        "it is not edk2's OvmfXen; edk2's other builds since 2021, Debian's among "
                        "them, do not support Xen, and their guests show nothing",
                        "xenlaunch-vm(5) says at firmware how to make OvmfXen; name it as "
                        "paths.ovmf in /etc/xenlaunch/host.yaml",
                        Severity::warns});
}

void check_program(std::vector<Finding>& findings, const DeviceModelSpec& device_model,
                   const std::vector<std::string>& trusted_folders) {
  const std::string& path = device_model.path;
  const std::string reason = why_not_runnable(path);
  if (const auto writer = other_writer(path, trusted_folders))
    findings.push_back(
        {FindingCode::qemu_unusable, path, *writer + ", and root would run it", how_to_be_trusted});
  else if (!reason.empty())
    findings.push_back({FindingCode::qemu_unusable, path, reason,
                        device_model.profile == DeviceModelProfile::traditional
                            ? "name a qemu-dm in device_model.path (Debian has none), or use the "
                              "profile upstream"
                            : "install qemu-system-xen, or name another one in "
                              "device_model.path"});
}

/// QEMU opens the image read-only, but not the format above it, and then has no disk
/// (xen_block_drive_create of hw/block/xen-block.c).
void check_read_only(std::vector<Finding>& findings, const std::vector<PlannedDisk>& disks) {
  for (const PlannedDisk& disk : disks)
    if (disk.config.readonly && disk.backend == DiskBackend::qdisk)
      findings.push_back({FindingCode::disk_unusable, disk.config.image,
                          "only dom0's xen-blkback serves a read-only disk, and for that the image "
                          "has to be a raw block device",
                          "`losetup -r -f --show FILE` makes one of a raw file"});
}

/// It works, but not as whoever gives a VM a volume expects.
void check_blkback(std::vector<Finding>& findings, const std::vector<PlannedDisk>& disks) {
  for (const PlannedDisk& disk : disks)
    if (disk.backend == DiskBackend::qdisk && disk.device)
      findings.push_back({FindingCode::disk_through_qemu, disk.config.image,
                          "xen-blkback is not loaded, and udev would not load it; QEMU serves the "
                          "disk instead, through dom0's page cache",
                          "run `modprobe xen-blkback`, and have it loaded at boot",
                          Severity::warns});
}

/// A guest with Xen drivers has no disk then (xs_node_scanf of "params", hw/block/xen-block.c).
void check_spaces(std::vector<Finding>& findings, const std::vector<PlannedDisk>& disks) {
  for (const PlannedDisk& disk : disks)
    if (disk.backend == DiskBackend::qdisk && !disk.handed &&
        disk.config.image.find_first_of(" \t\n\v\f\r") != std::string::npos)
      findings.push_back(
          {FindingCode::disk_unusable, disk.config.image,
           "QEMU takes the path of a paravirtual disk's image only up to the first "
           "space",
           "rename it; for a raw one `losetup -f --show FILE` makes a block device"});
}

/// What only upstream QEMU is given.
void check_traditional(std::vector<Finding>& findings, const LaunchPlan& plan) {
  const VmConfig& vm = plan.vm;
  if (!vm.disks.empty())
    findings.push_back({FindingCode::qemu_without_disks, "traditional",
                        "that QEMU learns of them through xenstore, which is not supported yet",
                        "remove disks, or use the profile upstream"});
  if (!plan.nics.empty())
    findings.push_back({FindingCode::qemu_without_nics, "traditional",
                        "there are none for that QEMU, which nobody packages",
                        "remove nics, or use the profile upstream"});
  std::string keys;
  const auto note = [&keys](bool is_there, const char* key) {
    if (is_there) keys += (keys.empty() ? "" : ", ") + std::string{key};
  };
  note(vm.firmware == Firmware::ovmf, "UEFI firmware");
  note(vm.spice.has_value(), "spice");
  note(vm.sound.has_value(), "sound");
  note(vm.tpm.has_value(), "tpm");
  note(vm.usb != UsbConfig{}, "usb");
  note(vm.vnc && *vm.vnc != VncConfig{.listen = vm.vnc->listen,
                                      .without_password = vm.vnc->without_password},
       "vnc with more than listen");
  if (!keys.empty())
    findings.push_back({FindingCode::profile_lacks, "traditional",
                        "with that QEMU there is no " + keys, "use the profile upstream"});
}

/// The ROM of another device than QEMU's integrated GPU is not read from a file: what
/// xen-pci-passthrough takes as `romfile` no guest sees.
void check_romfile(std::vector<Finding>& findings, const LaunchPlan& plan,
                   const PciFunction& function) {
  const auto device = std::ranges::find(plan.vm.pci, function.address, &PciDeviceConfig::address);
  if (device == plan.vm.pci.end() || !device->romfile) return;
  const std::string& path = *device->romfile;
  const auto refuse_it = [&](std::string reason, std::string remedy) {
    findings.push_back(
        {FindingCode::rom_file_unusable, path, std::move(reason), std::move(remedy)});
  };
  if (plan.device_model.hidden_rom != function.address)
    return refuse_it(fmt::format("QEMU for Xen takes a ROM from a file only for the integrated GPU "
                                 "that is the guest's card, and {} is not",
                                 function.address.to_string()),
                     "remove romfile");
  const VideoBios bios = read_video_bios(path);
  if (bios.image.empty())
    return refuse_it(bios.problem, "xenlaunch-vm(5) says at romfile where to get one from");
  if (bios.id.vendor != function.id.vendor)
    return refuse_it(fmt::format("it is for {}, and the GPU is {}", bios.id.to_string(),
                                 function.id.to_string()),
                     "take the video BIOS of a GPU of the same family");
  if (bios.id != function.id)
    findings.push_back({FindingCode::rom_file_of_another, path,
                        fmt::format("it is for {}, and the GPU is {}; QEMU gives the guest's copy "
                                    "the GPU's id",
                                    bios.id.to_string(), function.id.to_string()),
                        "if the guest shows nothing, take the GPU's own video BIOS",
                        Severity::warns});
}

void check_password(std::vector<Finding>& findings, const std::optional<std::string>& path,
                    std::size_t longest) {
  if (!path) return;
  const PasswordFile file = read_password_file(*path, longest);
  if (!file.password)
    findings.push_back({FindingCode::password_unusable, *path, file.problem,
                        "put the password into its first line, and run `chmod 600` on it"});
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

void check_vnc(std::vector<Finding>& findings, const VncConfig& vnc) {
  check_password(findings, vnc.password_file, vnc_password_length);
  if (vnc.password_file || vnc.without_password || vnc.socket || is_loopback(vnc.listen)) return;
  findings.push_back({FindingCode::vnc_without_password, vnc.listen,
                      "who can reach that address would have the guest's keyboard without a "
                      "password",
                      "name a vnc.password_file, listen at 127.0.0.1, or set vnc.without_password: "
                      "true"});
}

}  // namespace

std::vector<Finding> check_files(const LaunchPlan& plan,
                                 const std::vector<std::string>& trusted_folders) {
  std::vector<Finding> findings;
  if (plan.vm.device_model.profile == DeviceModelProfile::traditional)
    check_traditional(findings, plan);
  check_program(findings, plan.device_model, trusted_folders);
  check_readable(findings, FindingCode::hvmloader_unusable, plan.domain.hvmloader, false,
                 "install Xen's tools (xen-utils-" + plan.xen.to_string() +
                     " on Debian), or name another one as paths.hvmloader in "
                     "/etc/xenlaunch/host.yaml");
  check_readable(findings, FindingCode::firmware_unusable, plan.domain.firmware, false,
                 fmt::format("install {0}, or name another one as paths.{0} in "
                             "/etc/xenlaunch/host.yaml",
                             plan.vm.firmware == Firmware::ovmf ? "ovmf" : "seabios"));
  if (plan.vm.firmware == Firmware::ovmf) check_uefi(findings, plan.domain.firmware);
  for (const DiskConfig& disk : plan.vm.disks) {
    if (disk.type == DiskType::cdrom) {
      if (!disk.image.empty())
        check_readable(findings, FindingCode::cdrom_unusable, disk.image, false);
    } else if (check_readable(findings, FindingCode::disk_unusable, disk.image, !disk.readonly) &&
               disk.format == DiskFormat::qcow2) {
      if (auto problem = follow_links(disk.image, trusted_folders).problem)
        findings.push_back(*std::move(problem));
    }
  }
  for (const PlannedDevice& device : plan.devices) check_romfile(findings, plan, device.function);
  if (plan.vm.vnc) check_vnc(findings, *plan.vm.vnc);
  if (plan.vm.spice) check_password(findings, plan.vm.spice->password_file, spice_password_length);
  check_read_only(findings, plan.disks);
  check_spaces(findings, plan.disks);
  check_blkback(findings, plan.disks);
  if (plan.vm.direct_boot) {
    check_readable(findings, FindingCode::kernel_unusable, plan.vm.direct_boot->kernel, false);
    if (plan.vm.direct_boot->initrd)
      check_readable(findings, FindingCode::initrd_unusable, *plan.vm.direct_boot->initrd, false);
  }
  return findings;
}

std::vector<Finding> check_cdrom(const std::string& image) {
  std::vector<Finding> findings;
  check_readable(findings, FindingCode::cdrom_unusable, image, false);
  return findings;
}

}  // namespace xenlaunch
