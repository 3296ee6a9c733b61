#include "launcher/run/supervisor.h"

#include <chrono>

#include "base/error.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// `xl destroy` waits up to 10 s for a device to be given up, and 2 s for other things.
constexpr std::chrono::seconds time_for_another_tool{15};
/// Xen tells of a domain's end through xenstored alone. Without it Xen has to be asked.
constexpr std::chrono::seconds look_without_store{1};

}  // namespace

Supervisor::Supervisor(HostAccess host, Progress& progress) : host_{host}, progress_{progress} {}

Verdict Supervisor::stay_with(Domid domid) {
  while (true) {
    const Verdict verdict = judge(observe(domid));
    if (verdict != Verdict::keep_running) tell_messages();
    if (verdict == Verdict::being_destroyed) await_destruction(domid);
    if (verdict != Verdict::keep_running) return verdict;
    wait(std::nullopt);
  }
}

void Supervisor::keep(Domid domid) {
  while (true) {
    const auto state = host_.xen.domain(domid);
    if (!state || host_.events.stop_signal()) return;
    if (state->dying) return await_destruction(domid);
    wait(std::nullopt);
  }
}

Observation Supervisor::observe(Domid domid) {
  Observation seen;
  seen.domain = host_.xen.domain(domid);
  seen.device_model_ended = host_.device_model.ended().has_value();
  if (seen.device_model_ended && !store_lost_) {
    try {
      seen.device_model_disowned =
          !host_.store.read(device_model_path(std::to_string(domid)) + "/state");
    } catch (const Error& error) {
      answer_store_error(error);
    }
  }
  seen.stop_requested = host_.events.stop_signal().has_value();
  return seen;
}

Event Supervisor::wait(Events::Deadline deadline) {
  if (store_lost_ && !deadline) deadline = std::chrono::steady_clock::now() + look_without_store;
  const Event event = host_.events.wait(deadline);
  if (event == Event::device_model_spoke) tell_messages();
  if (event == Event::store_changed && !store_lost_) {
    try {
      host_.store.take_changes();
    } catch (const Error& error) {
      answer_store_error(error);
    }
  }
  return event;
}

void Supervisor::tell_messages() {
  for (const std::string& message : host_.device_model.messages())
    progress_.warning("QEMU: " + message);
}

/// Lets the other tool finish, so that the two do not take the same things down at the same time.
void Supervisor::await_destruction(Domid domid) {
  const auto deadline = std::chrono::steady_clock::now() + time_for_another_tool;
  while (host_.xen.domain(domid)) {
    const Event event = wait(deadline);
    if (event == Event::none || event == Event::stop_requested) return;
  }
}

/// The guest needs nothing of this connection, and whatever was missed while there was none is seen
/// all the same: each watch is told of once when it is set anew, and then Xen is asked. So a VM
/// whose xenstored answers over another connection keeps its launcher.
void Supervisor::answer_store_error(const Error& error) {
  switch (host_.store.renew_if_broken()) {
    case Connection::lost:
      return store_is_lost(error.what());
    case Connection::made_anew:
      return progress_.warning(std::string{error.what()} +
                               ". xenstored answers over a new connection: all goes on");
    case Connection::intact:
      return progress_.warning(error.what());
  }
}

void Supervisor::store_is_lost(const std::string& reason) {
  store_lost_ = true;
  host_.events.forget_store();
  progress_.warning(
      reason +
      ". The guest goes on, but xenstored keeps nothing over its own end: no VM can be "
      "started or listed, and a device that is given back may stay with pciback, until "
      "the host is restarted. End what runs on it, and do that");
}

std::string Supervisor::device_model_end() {
  const std::optional<ProcessEnd> end = host_.device_model.ended();
  const std::string words = host_.device_model.last_words();
  const std::string ended = "QEMU " + (end ? end->to_string() : "ended");
  return host_.device_model.loss().value_or(ended) + " under the running guest" +
         (words.empty() ? "" : "; it last said: " + words);
}

std::string Supervisor::describe(Verdict verdict) {
  switch (verdict) {
    case Verdict::powered_off:
      return "the guest powered off";
    case Verdict::rebooted:
      return "the guest asked for a reboot";
    case Verdict::crashed:
      return "the guest crashed";
    case Verdict::device_model_died:
      return device_model_end();
    case Verdict::being_destroyed:
    case Verdict::destroyed:
      return "the domain was destroyed by another tool";
    case Verdict::stop_requested:
      return "stopped by " + signal_name(host_.events.stop_signal().value_or(0));
    case Verdict::keep_running:
      break;
  }
  return {};
}

}  // namespace xenlaunch
