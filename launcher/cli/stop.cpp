#include <ostream>

#include "base/error.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/lifecycle.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {
namespace {

/// Asks the guest to power off; returns what was done.
std::string ask(const VmStatus& status, Domains& xen, const ThisHost& host) {
  if (ask_xen_drivers(status, xen, host, "poweroff")) return "asked " + status.vm + " to power off";
  xen.press_power_button(*status.journal.domid);
  return "pressed the power button of " + status.vm + ", which has no Xen drivers";
}

ExitCode stop(const VmStatus& status, Domains& xen, const Options& options, const ThisHost& host,
              std::ostream& out, Progress& progress) {
  const LauncherProcess launcher{host.directories, status.vm};
  const StateFolder folder{host.directories.state, status.vm};
  std::string why_destroyed = status.state == "starting" || status.state == "restarting"
                                  ? "it was " + status.state
                                  : "it was " + status.state + " and could not be asked";
  note_last_end(folder, progress);  // before the guest is asked, or it might be restarted
  if (can_answer(status)) {
    std::string asked;
    try {
      asked = ask(status, xen, host);
    } catch (const Error& error) {  // a guest that cannot be asked is ended all the same
      why_destroyed = std::string{"it could not be asked: "} + error.what();
    }
    if (!asked.empty()) {
      progress.info(asked);
      if (wait_for(
              launcher, [] { return false; }, asked, options, progress)) {
        await_end(launcher, options, host);
        return report(options, "powered off", out, progress);
      }
      why_destroyed = not_in_time(options, "power off");
    }
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
