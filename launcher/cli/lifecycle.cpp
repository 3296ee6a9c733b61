#include "launcher/cli/lifecycle.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "launcher/cli/json_text.h"
#include "launcher/session/detach.h"
#include "launcher/session/vm_session.h"
#include "launcher/undo/state_folder.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A teardown takes well under a second; a device that resets slowly a minute and a half.
constexpr seconds time_to_give_back{150};
/// How often somebody who waits is told, and whether a guest has rebooted is looked at.
constexpr milliseconds tick{200};

}  // namespace

ExitCode report(const Options& options, const std::string& result, std::ostream& out,
                Progress& progress) {
  if (options.json)
    out << json_text({{"vm", options.vm}, {"result", result}});
  else
    progress.info(options.vm + ": " + result);
  return ExitCode::done;
}

std::optional<ExitCode> ensure_launcher(const VmStatus& status, const Options& options,
                                        const ThisHost& host, Progress& progress) {
  if (status.launcher) return std::nullopt;
  const HostSettings settings = host_settings_if_trusted(options, progress);
  const Detached result = run_detached([&](const std::function<void(Domid)>& ready) {
    VmSession session{host, status.vm, "look after " + status.vm, "xenlaunch recover " + status.vm,
                      progress};
    const LeftVm left = session.look_for_remains();
    if (left.remains == Remains::runs) return session.take_over(left.journal, settings, ready);
    throw Error{ExitCode::host, "cannot reach " + status.vm +
                                    ": its launcher is gone and it does not run properly; "
                                    "`xenlaunch recover` gives back what it had taken"};
  });
  const bool goes_on = !result.is_detached && result.code == ExitCode::done;
  return goes_on ? std::nullopt : std::optional{result.code};
}

void await_end(const LauncherProcess& launcher, const Options& options, const ThisHost& host) {
  if (!launcher.ends_within(time_to_give_back))
    throw Error{ExitCode::host_left_changed, "cannot end " + options.vm +
                                                 ": its launcher is still at it; `xenlaunch logs " +
                                                 options.vm + "` says where it hangs"};
  if (StateFolder{host.directories.state, options.vm}.exists())
    throw Error{ExitCode::host_left_changed, "cannot give back everything that " + options.vm +
                                                 " had; `xenlaunch logs " + options.vm +
                                                 "` says what, `xenlaunch recover` tries again"};
}

void note_last_end(const StateFolder& folder, Progress& progress) {
  try {
    folder.request_stop(true);
  } catch (const Error& error) {
    progress.warning(error.what());
  }
}

bool can_answer(const VmStatus& status) {
  return status.domain && !status.domain->shutdown && status.state != "paused";
}

bool ask_xen_drivers(const VmStatus& status, Domains& xen, const ThisHost& host,
                     const std::string& wish) {
  const Domid domid = *status.journal.domid;
  if (!xen.has_pv_drivers(domid)) return false;
  host.store()->write({{domain_path(domid) + "/control/shutdown", wish, Access::guest_owns}},
                      domid);
  return true;
}

bool wait_for(const LauncherProcess& launcher, const std::function<bool()>& done,
              const std::string& asked, const Options& options, Progress& progress) {
  using Clock = std::chrono::steady_clock;
  const seconds timeout{options.timeout};
  const Clock::time_point start = Clock::now();
  for (seconds told{-1};;) {
    const auto waited = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
    const milliseconds left = std::max(milliseconds{0}, timeout - waited);
    if (launcher.ends_within(std::min(tick, left)) || done()) return true;
    if (left == milliseconds{0}) return false;
    const auto whole = std::chrono::duration_cast<seconds>(waited);
    if (whole != told)
      progress.step(asked + "; waiting, " + std::to_string(whole.count()) + " s of " +
                    std::to_string(options.timeout));
    told = whole;
  }
}

std::string not_in_time(const Options& options, const std::string& what) {
  return "it did not " + what + " within " + std::to_string(options.timeout) + " s";
}

}  // namespace xenlaunch
