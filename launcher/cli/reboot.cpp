#include <ostream>

#include "base/error.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/lifecycle.h"

namespace xenlaunch {
namespace {

ExitCode reboot(const VmStatus& status, Domains& xen, const Options& options, const ThisHost& host,
                std::ostream& out, Progress& progress) {
  if (!can_answer(status))
    throw Error{ExitCode::host, "cannot reboot " + status.vm + ": it is " + status.state};
  const LauncherProcess launcher{host.directories, status.vm};
  const std::optional<Domid> before = status.journal.domid;
  const auto now = [&] { return read_vm_status(host.directories, status.vm, xen); };
  const auto has_rebooted = [&] {
    const std::optional<VmStatus> vm = now();
    return !vm || (vm->journal.domid && vm->journal.domid != before &&
                   vm->journal.state != VmState::restarting);
  };
  std::string how = "rebooted";
  std::string why_reset = "has no Xen drivers, so it cannot be asked";
  bool done = false;
  bool is_asked = false;
  try {
    is_asked = ask_xen_drivers(status, xen, host, "reboot");
  } catch (const Error& error) {  // a guest that cannot be asked is reset all the same
    why_reset = std::string{"could not be asked: "} + error.what();
  }
  if (is_asked) {
    const std::string asked = "asked " + status.vm + " to reboot";
    progress.info(asked);
    done = wait_for(launcher, has_rebooted, asked, options, progress);
    why_reset = not_in_time(options, "reboot");
  }
  if (!done) {
    if (!options.force)
      throw Error{ExitCode::host, "cannot reboot " + status.vm + ": it " + why_reset +
                                      "; without --no-force it is reset then"};
    progress.info("pressing the reset button of " + status.vm + ": it " + why_reset);
    xen.press_reset_button(*before);
    done = wait_for(launcher, has_rebooted, "reset " + status.vm, options, progress);
    how = "reset";
  }
  if (!done)
    throw Error{ExitCode::device_model, "cannot reboot " + status.vm + ": its reset had no effect"};
  const std::optional<VmStatus> vm = now();
  return report(options, vm && vm->launcher ? how : how + ", and ended as its VM file says", out,
                progress);
}

}  // namespace

ExitCode reboot_command(const Options& options, const ThisHost& host, std::ostream& out,
                        Progress& progress) {
  refuse_copy(options, "reboot a VM on the host");
  const std::unique_ptr<Hypervisor> xen = host.xen();
  const auto vm = [&] {
    return require_vm(host.directories, options.vm, "reboot " + options.vm, *xen);
  };
  if (const auto ended = ensure_launcher(vm(), options, host, progress)) return *ended;
  return reboot(vm(), *xen, options, host, out, progress);
}

}  // namespace xenlaunch
