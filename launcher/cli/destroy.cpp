#include <ostream>

#include "launcher/cli/commands.h"
#include "launcher/cli/lifecycle.h"
#include "launcher/session/vm_session.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {

ExitCode destroy_command(const Options& options, const ThisHost& host, std::ostream& out,
                         Progress& progress) {
  refuse_copy(options, "destroy a VM on the host");
  const HostSettings settings = host_settings_if_trusted(options, progress);
  const std::string action = "destroy " + options.vm;
  const std::unique_ptr<Hypervisor> xen = host.xen();
  const VmStatus status = require_vm(host.directories, options.vm, action, *xen);
  if (!status.launcher) {
    VmSession session{host, options.vm, action, "xenlaunch " + action, progress};
    const LeftVm left = session.look_for_remains();
    if (left.remains != Remains::nothing) session.undo_remains(left.journal, settings);
  } else {
    const LauncherProcess launcher{host.directories, options.vm};
    note_last_end({host.directories.state, options.vm}, progress);
    launcher.destroy();
    await_end(launcher, options, host);
  }
  return report(options, "destroyed", out, progress);
}

}  // namespace xenlaunch
