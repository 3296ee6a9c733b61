// stop, reboot, destroy and unpause.
#include <chrono>
#include <ostream>

#include "base/error.h"
#include "base/paths.h"
#include "launcher/checks/start_checks.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"
#include "launcher/session/detach.h"
#include "launcher/session/launcher_process.h"
#include "launcher/session/vm_session.h"
#include "launcher/session/vm_status.h"
#include "launcher/xen/hypervisor.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

using std::chrono::seconds;

/// A teardown takes well under a second; a device that resets slowly a minute and a half.
constexpr seconds time_to_give_back{150};
/// How often somebody who waits is told, and whether a guest has rebooted is looked at.
constexpr std::chrono::milliseconds tick{200};

/// What became of a VM, for people and for programs.
ExitCode report(const Options& options, const std::string& result, std::ostream& out,
                Progress& progress) {
  if (options.json)
    out << json_text({{"vm", options.vm}, {"result", result}});
  else
    progress.info(options.vm + ": " + result);
  return ExitCode::done;
}

/// Finishes what a launcher that is gone has left, or gives the VM that still runs a launcher
/// again. True where this process has become that launcher, and has ended as `code`.
bool see_to_launcher(const VmStatus& status, const Options& options, Progress& progress,
                     ExitCode& code) {
  if (status.launcher) return false;
  const HostSettings settings = host_settings(options);
  const Detached result = run_detached([&](const std::function<void(Domid)>& ready) {
    VmSession session{status.vm, "look after " + status.vm, "xenlaunch recover " + status.vm,
                      progress};
    const LeftVm left = session.look_for_remains();
    if (left.remains == Remains::runs) return session.take_over(left.journal, settings, ready);
    throw Error{ExitCode::host, "cannot reach " + status.vm +
                                    ": its launcher is gone and it does not run properly; "
                                    "`xenlaunch recover` gives back what it had taken"};
  });
  code = result.code;
  return result.is_detached || result.code != ExitCode::done;
}

void await_end(const LauncherProcess& launcher, const Options& options) {
  if (!launcher.ends_within(time_to_give_back))
    throw Error{ExitCode::host_left_changed, "cannot end " + options.vm +
                                                 ": its launcher is still at it; `xenlaunch logs " +
                                                 options.vm + "` says where it hangs"};
  if (StateFolder{state_directory, options.vm}.exists())
    throw Error{ExitCode::host_left_changed, "cannot give back everything that " + options.vm +
                                                 " had; `xenlaunch logs " + options.vm +
                                                 "` says what, `xenlaunch recover` tries again"};
}

/// Asks the guest by its Xen drivers; returns how. `wish` is poweroff or reboot.
bool ask_xen_drivers(const VmStatus& status, Domains& xen, const std::string& wish) {
  const Domid domid = *status.journal.domid;
  if (!xen.has_pv_drivers(domid)) return false;
  make_xs_store()->write({{domain_path(domid) + "/control/shutdown", wish, Access::guest_owns}},
                         domid);
  return true;
}

bool can_answer(const VmStatus& status) {
  return status.domain && !status.domain->shutdown && status.state != "paused";
}

/// Waits until `done`, or --timeout has passed, and tells those who watch.
template <typename Done>
bool wait_for(Done done, const std::string& asked, const Options& options, Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  for (seconds told{-1};;) {
    if (done()) return true;
    const auto waited =
        std::chrono::duration_cast<seconds>(std::chrono::steady_clock::now() - start);
    if (waited >= seconds{options.timeout}) return false;
    if (waited != told)
      progress.step(asked + "; waiting, " + std::to_string(waited.count()) + " s of " +
                    std::to_string(options.timeout));
    told = waited;
  }
}

std::string not_in_time(const Options& options, const std::string& what) {
  return "it did not " + what + " within " + std::to_string(options.timeout) + " s";
}

ExitCode stop(const VmStatus& status, Domains& xen, const Options& options, std::ostream& out,
              Progress& progress) {
  const LauncherProcess launcher{status.vm};
  const StateFolder folder{state_directory, status.vm};
  std::string why_destroyed = status.state == "starting" || status.state == "restarting"
                                  ? "it was " + status.state
                                  : "it was " + status.state + " and could not be asked";
  folder.request_stop(true);  // before the guest is asked, or it might be restarted
  if (can_answer(status)) {
    const bool by_drivers = ask_xen_drivers(status, xen, "poweroff");
    if (!by_drivers) xen.press_power_button(*status.journal.domid);
    const std::string asked =
        by_drivers ? "asked " + status.vm + " to power off"
                   : "pressed the power button of " + status.vm + ", which has no Xen drivers";
    progress.info(asked);
    if (wait_for([&] { return launcher.ends_within(tick); }, asked, options, progress)) {
      await_end(launcher, options);
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
  await_end(launcher, options);
  return report(options, "destroyed, because " + why_destroyed, out, progress);
}

ExitCode reboot(const VmStatus& status, Domains& xen, const Options& options, std::ostream& out,
                Progress& progress) {
  if (!can_answer(status))
    throw Error{ExitCode::host, "cannot reboot " + status.vm + ": it is " + status.state};
  const LauncherProcess launcher{status.vm};
  const std::optional<Domid> before = status.journal.domid;
  const auto has_rebooted = [&] {
    if (launcher.ends_within(tick)) return true;
    const std::optional<VmStatus> now = read_vm_status(status.vm, xen);
    return !now || (now->journal.domid && now->journal.domid != before &&
                    now->journal.state != VmState::restarting);
  };
  std::string how = "rebooted";
  std::string why_reset = "has no Xen drivers, so it cannot be asked";
  bool done = false;
  if (ask_xen_drivers(status, xen, "reboot")) {
    const std::string asked = "asked " + status.vm + " to reboot";
    progress.info(asked);
    done = wait_for(has_rebooted, asked, options, progress);
    why_reset = not_in_time(options, "reboot");
  }
  if (!done) {
    if (!options.force)
      throw Error{ExitCode::host, "cannot reboot " + status.vm + ": it " + why_reset +
                                      "; without --no-force it is reset then"};
    progress.info("pressing the reset button of " + status.vm + ": it " + why_reset);
    xen.press_reset_button(*before);
    done = wait_for(has_rebooted, "reset " + status.vm, options, progress);
    how = "reset";
  }
  if (!done)
    throw Error{ExitCode::device_model, "cannot reboot " + status.vm + ": its reset had no effect"};
  const std::optional<VmStatus> now = read_vm_status(status.vm, xen);
  return report(options, now && now->launcher ? how : how + ", and ended as its VM file says", out,
                progress);
}

using Wish = ExitCode (*)(const VmStatus& status, Domains& xen, const Options& options,
                          std::ostream& out, Progress& progress);

/// Has `wish` done to the VM, which has a launcher then.
ExitCode ask(const std::string& command, Wish wish, const Options& options, std::ostream& out,
             Progress& progress) {
  const std::string action = command + " " + options.vm;
  const std::unique_ptr<Hypervisor> xen = make_xc_hypervisor();
  ExitCode code = ExitCode::done;
  if (see_to_launcher(require_vm(options.vm, action, *xen), options, progress, code)) return code;
  return wish(require_vm(options.vm, action, *xen), *xen, options, out, progress);
}

}  // namespace

ExitCode stop_command(const Options& options, std::ostream& out, Progress& progress) {
  return ask("stop", stop, options, out, progress);
}

ExitCode reboot_command(const Options& options, std::ostream& out, Progress& progress) {
  return ask("reboot", reboot, options, out, progress);
}

ExitCode destroy_command(const Options& options, std::ostream& out, Progress& progress) {
  const std::unique_ptr<Hypervisor> xen = make_xc_hypervisor();
  const VmStatus status = require_vm(options.vm, "destroy " + options.vm, *xen);
  if (!status.launcher) {
    VmSession session{options.vm, "destroy " + options.vm, "xenlaunch destroy " + options.vm,
                      progress};
    const LeftVm left = session.look_for_remains();
    if (left.remains != Remains::nothing) session.undo_remains(left.journal);
  } else {
    const LauncherProcess launcher{options.vm};
    StateFolder{state_directory, options.vm}.request_stop(true);
    launcher.destroy();
    await_end(launcher, options);
  }
  return report(options, "destroyed", out, progress);
}

ExitCode unpause_command(const Options& options, std::ostream& out, Progress& progress) {
  const std::unique_ptr<Hypervisor> xen = make_xc_hypervisor();
  const VmStatus status = require_vm(options.vm, "unpause " + options.vm, *xen);
  if (status.state != "paused")
    throw Error{ExitCode::host, "cannot unpause " + options.vm + ": it is " + status.state};
  xen->unpause(*status.journal.domid);
  return report(options, "runs", out, progress);
}

}  // namespace xenlaunch
