#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "base/exit_code.h"
#include "base/progress.h"
#include "launcher/cli/options.h"
#include "launcher/host/this_host.h"
#include "launcher/session/launcher_process.h"
#include "launcher/session/vm_status.h"
#include "launcher/undo/state_folder.h"

// What stop, reboot, destroy and unpause have in common.

namespace xenlaunch {

/// What became of a VM, for people and for programs.
ExitCode report(const Options& options, const std::string& result, std::ostream& out,
                Progress& progress);

/// Gives a VM whose launcher is gone one again, where it still runs. nullopt: it has a launcher,
/// and the command goes on. Otherwise the command ends with what is returned: nobody could become
/// the launcher, or this is the process that has been it until the VM's end.
std::optional<ExitCode> ensure_launcher(const VmStatus& status, const Options& options,
                                        const ThisHost& host, Progress& progress);

/// Waits until the launcher, which has been told to end the VM, has. Throws Error
/// (ExitCode::host_left_changed) where it does not, or could not give everything back.
void await_end(const LauncherProcess& launcher, const Options& options, const ThisHost& host);

/// Has the VM's next end be its last. Where that cannot be noted, progress is told: the end itself
/// does not wait for it.
void note_last_end(const StateFolder& folder, Progress& progress);

/// Whether there is a guest that runs, so that it can be asked for something.
bool can_answer(const VmStatus& status);

/// Asks the guest by its Xen drivers for `wish` (poweroff or reboot); false where it has none.
bool ask_xen_drivers(const VmStatus& status, Domains& xen, const ThisHost& host,
                     const std::string& wish);

/// Waits until the launcher has ended or `done` says so, and tells those who watch; false where
/// --timeout has passed before.
bool wait_for(const LauncherProcess& launcher, const std::function<bool()>& done,
              const std::string& asked, const Options& options, Progress& progress);

/// "it did not WHAT within 60 s"
std::string not_in_time(const Options& options, const std::string& what);

}  // namespace xenlaunch
