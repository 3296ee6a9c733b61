#include "launcher/run/launch.h"

#include <chrono>
#include <exception>

#include "base/error.h"
#include "devicemodel/qemu_args.h"
#include "launcher/undo/over_new_connection.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// Xen announces every domain's shutdown and end by this watch.
const std::string domain_ends = "@releaseDomain";

constexpr const char* without_store =
    "xenstored is gone, and with it what this host's tools know of each other; restart the host: "
    "that gives back all of it";

/// Whether a running guest was given paravirtual disks that a QEMU serves: by its records in
/// xenstore, as the backends' nodes go with a QEMU that ends. Without xenstored nobody can say, and
/// it counts as one that was not.
bool has_served_disks(Domid domid, Store& store) {
  const std::string id = std::to_string(domid);
  const std::string records = "/libxl/" + id + "/device/vbd";
  try {
    for (const std::string& device : store.list(records)) {
      const auto backend = store.read(records + "/" + device + "/backend");
      if (backend && backend->starts_with(backend_path("qdisk", id) + "/")) return true;
    }
  } catch (const Error&) {  // as said above
  }
  return false;
}

}  // namespace

Launch::Launch(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
               Journal& journal, const JournalHeader& header, Progress& progress,
               std::optional<Domid> attach_to)
    : plan_{plan},
      settings_{settings},
      host_{host},
      journal_{journal},
      progress_{progress},
      owns_domain_{header.owns_domain},
      undoer_{host_, progress, settings.return_without_reset},
      undo_{journal,
            progress,
            over_new_connection(
                [this](const Undo& undo, const DomainIdentity& domain) {
                  undoer_.perform(undo, domain);
                },
                host_.store),
            {.uuid = header.uuid, .domid = attach_to}},
      executor_{plan, settings, host, progress, undo_},
      supervisor_{host, progress} {}

LaunchResult Launch::run() {
  return or_give_back([this] {
    state(VmState::starting);
    lock_devices();
    executor_.take_devices();
    executor_.start_domain();
    return stay();
  });
}

LaunchResult Launch::take_over(const JournalContent& content) {
  return or_give_back([&] {
    lock_devices();
    resume(content);
    return stay();
  });
}

std::string Launch::undo(const JournalContent& content) {
  lock_devices();
  resume(content);
  undo_.unwind();
  return not_undone();
}

void Launch::lock_devices() {
  for (const PlannedDevice& device : plan_.devices) {
    const std::string name = device.function.address.to_string();
    locks_.push_back(host_.locks.take("pci-" + name, "pass " + name));
  }
  for (const UsbPort& port : plan_.device_model.usb.devices) {
    const std::string name = port.to_string();
    locks_.push_back(host_.locks.take("usb-" + name, "pass USB device " + name));
  }
}

void Launch::resume(const JournalContent& content) {
  JournalContent known = content;
  if (!known.domid)
    if (const auto found = host_.xen.find(content.header.uuid)) known.domid = found->domid;
  undo_.resume(known);
  if (known.domid && !undoer_.domid_is_anothers(undo_.domain()))
    host_.device_model.adopt(*known.domid, settings_.directories.log(plan_.vm.name),
                             has_served_disks(*known.domid, host_.store));
}

template <typename Action>
LaunchResult Launch::or_give_back(Action action) {
  LaunchResult result;
  try {
    result = action();
  } catch (const std::exception& error) {  // a bug's, too
    try {
      state(VmState::ending);  // or a VM half taken down would look like one that runs
    } catch (const Error& unwritten) {
      progress_.warning(unwritten.what());
    }
    undo_.unwind();
    const std::string left = not_undone();
    if (left.empty()) throw;
    throw Error{ExitCode::host_left_changed, error.what() + left};
  }
  undo_.unwind();
  result.not_undone = not_undone();
  return result;
}

/// From the first watch on a thread of libxenstore takes each answer, which makes every request
/// dearer; so there is none before the guest is there. An end that came before is told at once.
LaunchResult Launch::stay() {
  const Watch ends{host_.store, domain_ends};
  RestartLimit limit{plan_.vm.restart_limit};
  while (true) {
    say_started();
    LaunchResult result;
    result.end = supervisor_.stay_with(*undo_.domain().domid);
    result.code = exit_code_for(result.end);
    result.message = supervisor_.describe(result.end);
    const Next next = next_after(result.end, plan_.vm, settings_.stop_requested(), owns_domain_);
    // QEMU's death without a restart is the error that the launcher ends with.
    if (next != Next::end || result.end != Verdict::device_model_died)
      progress_.info(result.message);
    switch (next) {
      case Next::restart:
        if (restart(result, limit)) continue;
        // Not 32, at which a service manager would start it once more.
        result.code = ExitCode::guest_crashed;
        break;
      case Next::preserve:
        progress_.info("domain " + std::to_string(*undo_.domain().domid) +
                       " is kept as it is; `xenlaunch destroy " + plan_.vm.name + "` ends it");
        state(VmState::preserved);
        supervisor_.keep(*undo_.domain().domid);
        break;
      case Next::end:
        break;
    }
    state(VmState::ending);
    return result;
  }
}

/// False where the guest restarts too often, or what it had could not be taken down.
bool Launch::restart(const LaunchResult& result, RestartLimit& limit) {
  if (!limit.allow(std::chrono::steady_clock::now())) {
    progress_.warning(plan_.vm.name + " is not started again: it ended " +
                      std::to_string(plan_.vm.restart_limit.restarts + 1) + " times within " +
                      std::to_string(plan_.vm.restart_limit.within.count()) +
                      " s, the last time so: " + result.message);
    return false;
  }
  state(VmState::restarting);
  undo_.unwind_domain();
  if (!undo_.failures().empty()) return false;
  undo_.domid(std::nullopt);
  progress_.info("starting " + plan_.vm.name + " again");
  executor_.start_domain();
  return true;
}

void Launch::say_started() {
  const std::string domid = std::to_string(*undo_.domain().domid);
  if (plan_.vm.device_model.profile == DeviceModelProfile::upstream)
    host_.device_model.listen(qmp_socket(domid));
  const auto domain = host_.xen.domain(*undo_.domain().domid);
  const bool paused = domain && domain->paused;
  state(paused ? VmState::paused : VmState::running);
  progress_.info("domain " + domid + (paused ? " is paused" : " runs"));
  settings_.on_started(*undo_.domain().domid);
}

void Launch::state(VmState state) {
  journal_.state(state);
  progress_.event(
      {.event = "state", .name = std::string{to_string(state)}, .domid = undo_.domain().domid});
}

std::string Launch::not_undone() {
  std::string text;
  for (const std::string& failure : undo_.failures()) text += "\n" + failure;
  if (undo_.store_failed() && host_.store.renew_if_broken() == Connection::lost)
    text += std::string{"\n"} + without_store;
  return text;
}

}  // namespace xenlaunch
