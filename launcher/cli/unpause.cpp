#include <ostream>

#include "base/error.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/lifecycle.h"

namespace xenlaunch {

ExitCode unpause_command(const Options& options, const ThisHost& host, std::ostream& out,
                         Progress& progress) {
  refuse_copy(options, "unpause a VM on the host");
  const std::unique_ptr<Hypervisor> xen = host.xen();
  const VmStatus status = require_vm(host.directories, options.vm, "unpause " + options.vm, *xen);
  if (status.state != "paused")
    throw Error{ExitCode::host, "cannot unpause " + options.vm + ": it is " + status.state};
  xen->unpause(*status.journal.domid);
  return report(options, "runs", out, progress);
}

}  // namespace xenlaunch
