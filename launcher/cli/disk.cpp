// disk insert and disk eject.
#include <algorithm>
#include <ostream>

#include "base/error.h"
#include "base/text.h"
#include "devicemodel/cd_drive.h"
#include "devicemodel/qemu_args.h"
#include "launcher/checks/file_checks.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/lifecycle.h"
#include "launcher/config/vm_reader.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {
namespace {

std::string drives_of(const VmConfig& config) {
  std::string drives;
  for (const DiskConfig& disk : config.disks)
    if (disk.type == DiskType::cdrom) drives += (drives.empty() ? "" : ", ") + disk.target;
  return drives.empty() ? "it has no CD-ROM drive" : "its CD-ROM drives are " + drives;
}

/// Throws unless the VM file that the VM was started with has that drive: nothing that a guest
/// could write says so.
void require_drive(const Options& options, const ThisHost& host, const std::string& action) {
  const VmConfig config = read_vm_file(StateFolder{host.directories.state, options.vm}.vm_file());
  const auto is_it = [&options](const DiskConfig& disk) {
    return disk.type == DiskType::cdrom && disk.target == options.target;
  };
  if (std::ranges::none_of(config.disks, is_it))
    throw Error{ExitCode::host, action,
                excerpt(options.target) + " is not one; " + drives_of(config)};
}

/// Where the QEMU of the running VM listens: at the socket of the xl tools, as the VM's launcher
/// has the other one.
std::string socket_of(const Options& options, const ThisHost& host) {
  const std::string action = "change a CD-ROM drive of " + options.vm;
  const std::unique_ptr<Hypervisor> xen = host.xen();
  const VmStatus status = require_vm(host.directories, options.vm, action, *xen);
  if (!status.domain || status.domain->shutdown)
    throw Error{ExitCode::host, action, "it is " + status.state};
  require_drive(options, host, action);
  return xl_qmp_socket(std::to_string(status.domain->domid));
}

LockedTray tray_of(const Options& options) {
  return {.force = options.force_tray};
}

}  // namespace

ExitCode disk_insert_command(const Options& options, const ThisHost& host, std::ostream& out,
                             Progress& progress) {
  refuse_copy(options, "change a disk of a VM on the host");
  if (!options.image.starts_with('/') || !is_printable(options.image))
    throw Error{ExitCode::usage, "cannot use '" + excerpt(options.image) +
                                     "' as an image: expected an absolute path"};
  const std::string socket = socket_of(options, host);
  refuse(check_cdrom(options.image));
  insert_medium(socket, options.target, open_medium(options.image), tray_of(options));
  return report(options, "inserted", out, progress);
}

ExitCode disk_eject_command(const Options& options, const ThisHost& host, std::ostream& out,
                            Progress& progress) {
  refuse_copy(options, "change a disk of a VM on the host");
  const std::string socket = socket_of(options, host);
  eject_medium(socket, options.target, tray_of(options));
  return report(options, "ejected", out, progress);
}

}  // namespace xenlaunch
