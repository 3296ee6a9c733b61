#include <ostream>

#include "base/error.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/lifecycle.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {
namespace {

ExitCode stop(const VmStatus& status, Domains& xen, const Options& options, const ThisHost& host,
              std::ostream& out, Progress& progress) {
  const LauncherProcess launcher{host.directories, status.vm};
  const StateFolder folder{host.directories.state, status.vm};
  std::string why_destroyed = status.state == "starting" || status.state == "restarting"
                                  ? "it was " + status.state
                                  : "it was " + status.state + " and could not be asked";
  folder.request_stop(true);  // before the guest is asked, or it might be restarted
  if (can_answer(status)) {
    const bool by_drivers = ask_xen_drivers(status, xen, host, "poweroff");
    if (!by_drivers) xen.press_power_button(*status.journal.domid);
    const std::string asked =
        by_drivers ? "asked " + status.vm + " to power off"
                   : "pressed the power button of " + status.vm + ", which has no Xen drivers";
    progress.info(asked);
    if (wait_for(
            launcher, [] { return false; }, asked, options, progress)) {
      await_end(launcher, options, host);
      return report(options, "powered off", out, progress);
    }
    why_destroyed = not_in_time(options, "power off");
  }
  if (!options.force) {
    folder.request_stop(false);
    throw Error{ExitCode::host, "cannot stop " + status.vm + ": " + why_destroyed +
                                    "; without --no-force it is destroyed then"};
  }
  launcher.destroy();
  await_end(launcher, options, host);
  return report(options, "destroyed, because " + why_destroyed, out, progress);
}

}  // namespace

ExitCode stop_command(const Options& options, const ThisHost& host, std::ostream& out,
                      Progress& progress) {
  refuse_copy(options, "stop a VM on the host");
  const std::unique_ptr<Hypervisor> xen = host.xen();
  const auto vm = [&] {
    return require_vm(host.directories, options.vm, "stop " + options.vm, *xen);
  };
  if (const auto ended = ensure_launcher(vm(), options, host, progress)) return *ended;
  return stop(vm(), *xen, options, host, out, progress);
}

}  // namespace xenlaunch
