// run, start and attach: the commands that become a VM's launcher, or leave one behind.
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "launcher/checks/start_checks.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"
#include "launcher/run/settle_devices.h"
#include "launcher/session/detach.h"
#include "launcher/session/event_stream.h"
#include "launcher/session/progress_group.h"
#include "launcher/session/service_manager.h"
#include "launcher/session/vm_session.h"

namespace xenlaunch {
namespace {

using Started = std::function<void(Domid)>;

VmRequest read_request(const Options& options, const HostSettings& settings,
                       const StartMode& mode) {
  require_trusted_vm_file(options, settings);
  VmRequest request = read_vm_request(options.vm_file, mode);
  request.ready_timeout = std::chrono::seconds{options.ready_timeout};
  return request;
}

/// What this process is, for those who find a lock taken.
std::string purpose(const std::string& command, const std::string& vm) {
  return "xenlaunch " + command + " " + vm;
}

/// The whole life of one VM. What an earlier launcher has left of it comes first.
ExitCode look_after(const VmRequest& request, const HostSettings& settings,
                    const std::string& command, const ThisHost& host, Progress& progress,
                    const Started& started) {
  const std::string& vm = request.vm.name;
  // Xen is closed to all others, and says so better than the first file that is.
  if (::geteuid() != 0) {
    const SettledVm settled = settle_devices(request.vm, host, "/", settings, nullptr, progress);
    const PlannedVm planned = plan_vm(settled.vm, settled.choice.left_out, "/", settings,
                                      request.mode, {.path = host.directories.qemu_answers()});
    connect_and_check(host, planned.plan, planned.pci, settings, request.attach_to, progress);
  }
  VmSession session{host, vm, "start " + vm, purpose(command, vm), progress};
  const LeftVm left = session.look_for_remains();
  switch (left.remains) {
    case Remains::runs:
      progress.info(vm + " runs already, and its launcher is gone: looking after it from here");
      return session.take_over(left.journal, settings, started);
    case Remains::broken:
      progress.info("an earlier launcher of " + vm +
                    " was ended half-way: first giving back what it had taken");
      session.undo_remains(left.journal, settings);
      break;
    case Remains::nothing:
      break;
  }
  return session.start(request, settings, started);
}

/// `progress`, and who follows the events.
class Audience {
 public:
  Audience(const Options& options, const std::string& vm, Progress& progress)
      : stream_{options.events.empty() ? nullptr
                                       : std::make_unique<EventStream>(options.events, vm)},
        group_{stream_ ? std::vector<Progress*>{&progress, stream_.get()}
                       : std::vector<Progress*>{&progress}} {}
  Progress& progress() { return group_; }

 private:
  std::unique_ptr<EventStream> stream_;
  ProgressGroup group_;
};

void tell_end(ExitCode code, Progress& progress) {
  progress.event(
      {.event = "state", .name = "ended", .text = std::to_string(static_cast<int>(code))});
}

ExitCode stay_with(const VmRequest& request, const HostSettings& settings, const Options& options,
                   const ThisHost& host, std::ostream& out, Progress& to) {
  const std::string command = request.attach_to ? "attach" : "run";
  const std::string& vm = request.vm.name;
  Audience audience{options, vm, to};
  const ExitCode code =
      look_after(request, settings, command, host, audience.progress(), [](Domid domid) {
        notify_service_manager("READY=1\nSTATUS=domain " + std::to_string(domid));
      });
  tell_end(code, audience.progress());
  if (options.json) out << json_text({{"vm", vm}, {"exit_status", static_cast<int>(code)}});
  return code;
}

}  // namespace

ExitCode run_command(const Options& options, const ThisHost& host, std::ostream& out,
                     Progress& progress) {
  if (options.dry_run) return dry_run_command(options, host, out, progress);
  refuse_copy(options, "start a VM on the host", "use `run --dry-run`");
  const HostSettings settings = host_settings(options);
  const VmRequest request = read_request(options, settings, {.leave_paused = options.paused});
  return stay_with(request, settings, options, host, out, progress);
}

ExitCode start_command(const Options& options, const ThisHost& host, std::ostream& out,
                       Progress& progress) {
  refuse_copy(options, "start a VM on the host", "use `run --dry-run`");
  const HostSettings settings = host_settings(options);
  const VmRequest request = read_request(options, settings, {.leave_paused = options.paused});
  const std::string& vm = request.vm.name;
  const Detached result = run_detached(
      [&](const Started& ready) {
        Audience audience{options, vm, progress};
        const ExitCode code =
            look_after(request, settings, "start", host, audience.progress(), ready);
        tell_end(code, audience.progress());
        return code;
      },
      event_descriptor(options.events));
  if (result.is_detached) return result.code;
  if (options.json && result.domid)
    out << json_text({{"vm", vm}, {"domid", *result.domid}, {"log", host.directories.log(vm)}});
  return result.code;
}

ExitCode attach_command(const Options& options, const ThisHost& host, std::ostream& out,
                        Progress& progress) {
  refuse_copy(options, "start a VM on the host", "use `run --dry-run`");
  const HostSettings settings = host_settings(options);
  VmRequest request =
      read_request(options, settings, {.attach = true, .leave_paused = !options.unpause});
  request.attach_to = options.domid;
  return stay_with(request, settings, options, host, out, progress);
}

}  // namespace xenlaunch
