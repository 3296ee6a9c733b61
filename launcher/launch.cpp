#include "launcher/launch.h"

#include <chrono>
#include <csignal>
#include <exception>

#include "launcher/base/error.h"
#include "launcher/base/undo_stack.h"
#include "launcher/executor.h"

namespace xenlaunch {
namespace {

/// Xen announces every domain's shutdown and end by this watch.
const std::string domain_ends = "@releaseDomain";
/// `xl destroy` waits up to 10 s for a device to be given up, and 2 s for other things.
constexpr std::chrono::seconds time_for_another_tool{15};

std::string device_model_end(DeviceModel& device_model) {
  const std::optional<ProcessEnd> end = device_model.ended();
  const std::string words = device_model.last_words();
  return "QEMU " + (end ? end->to_string() : "ended") + " under the running guest" +
         (words.empty() ? "" : "; it last said: " + words);
}

std::string describe(Verdict verdict, HostAccess& host) {
  switch (verdict) {
    case Verdict::powered_off:
      return "the guest powered off";
    case Verdict::rebooted:
      return "the guest asked for a reboot";
    case Verdict::crashed:
      return "the guest crashed";
    case Verdict::device_model_died:
      return device_model_end(host.device_model);
    case Verdict::being_destroyed:
    case Verdict::destroyed:
      return "the domain was destroyed by another tool";
    case Verdict::stop_requested:
      return "stopped by " + signal_name(host.events.stop_signal().value_or(0));
    case Verdict::keep_running:
      break;
  }
  return {};
}

Observation observe(Domid domid, HostAccess& host) {
  Observation seen;
  seen.domain = host.xen.domain(domid);
  seen.device_model_ended = host.device_model.ended().has_value();
  seen.device_model_disowned =
      seen.device_model_ended &&
      !host.store.read("/local/domain/0/device-model/" + std::to_string(domid) + "/state");
  seen.stop_requested = host.events.stop_signal().has_value();
  return seen;
}

/// Lets the other tool finish, so that the two do not take the same things down at the same time.
void await_destruction(Domid domid, HostAccess& host) {
  const auto deadline = std::chrono::steady_clock::now() + time_for_another_tool;
  while (host.xen.domain(domid)) {
    const Event event = host.events.wait(deadline);
    if (event == Event::none || event == Event::stop_requested) return;
    if (event == Event::store_changed) host.store.take_changes();
  }
}

Verdict supervise(Domid domid, HostAccess& host) {
  while (true) {
    const Verdict verdict = judge(observe(domid, host));
    if (verdict == Verdict::being_destroyed) await_destruction(domid, host);
    if (verdict != Verdict::keep_running) return verdict;
    if (host.events.wait(std::nullopt) == Event::store_changed) host.store.take_changes();
  }
}

}  // namespace

LaunchResult launch(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
                    Progress& progress) {
  LaunchResult result;
  std::string not_undone;
  UndoStack undo{[&](const std::string& label, const std::string& reason) {
                   not_undone += "\ncould not " + label + ": " + reason;
                 },
                 [&progress](const std::string& label) { progress.step(label); }};
  Executor executor{plan, settings, host, progress, undo};
  try {
    host.store.watch(domain_ends);
    undo.push("stop watching for ends of domains", [&host] { host.store.unwatch(domain_ends); });
    executor.run();
    const bool runs = plan.steps.back().kind == StepKind::unpause;
    // Somebody else will unpause it.
    if (!runs) undo.push("pause the guest", [&] { host.xen.pause(executor.domid()); });
    progress.info("domain " + std::to_string(executor.domid()) + (runs ? " runs" : " is paused"));
    result.end = supervise(executor.domid(), host);
    result.message = describe(result.end, host);
    progress.info(result.message);
  } catch (const std::exception& error) {  // a bug's, too: the undos need the executor
    undo.unwind();
    if (not_undone.empty()) throw;
    throw Error{ExitCode::host_left_changed, error.what() + not_undone};
  }
  undo.unwind();
  result.host_left_changed = !not_undone.empty();
  if (result.host_left_changed) result.message += not_undone;
  return result;
}

}  // namespace xenlaunch
