#include <fcntl.h>

#include <cerrno>
#include <ostream>

#include "base/error.h"
#include "base/read_file.h"
#include "devicemodel/qemu_args.h"
#include "devicemodel/screen.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/ppm_to_png.h"
#include "launcher/config/vm_reader.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/sysfs.h"
#include "launcher/session/vm_status.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {
namespace {

/// A file that goes with it, whatever happens.
struct TemporaryFile {
  std::filesystem::path path;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
};

}  // namespace

/// Over the socket that is xl's, as this VM's launcher listens at the other one.
ExitCode screenshot_command(const Options& options, const ThisHost& host, std::ostream& /*out*/,
                            Progress& progress) {
  refuse_copy(options, "take a picture of a VM on the host");
  const std::string action = "take a picture of " + options.vm;
  const std::unique_ptr<Hypervisor> xen = host.xen();
  const VmStatus status = require_vm(host.directories, options.vm, action, *xen);
  if (!status.domain) throw Error{ExitCode::host, "cannot " + action + ": it is " + status.state};
  const std::string domid = std::to_string(status.domain->domid);
  const TemporaryFile ppm{screen_dump(domid)};
  const FileDescriptor picture{
      ::open(ppm.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (picture.get() < 0) throw_errno(ExitCode::host, errno, "write " + ppm.path.string());
  try {
    dump_screen(xl_qmp_socket(domid), picture);
  } catch (const Error& error) {
    throw Error{error.code, std::string{error.what()} +
                                "; a guest without an emulated card that is on has no picture"};
  }
  // QEMU's largest screens, with three bytes for each point.
  constexpr std::size_t largest_picture = std::size_t{256} << 20;
  write_file(std::filesystem::absolute(options.picture),
             ppm_to_png(read_file(ppm.path, {.most = largest_picture}).bytes), 0600);
  progress.info("the screen of " + options.vm + " is in " + options.picture);
  return ExitCode::done;
}

}  // namespace xenlaunch
