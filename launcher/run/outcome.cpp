#include "launcher/run/outcome.h"

#include <algorithm>

namespace xenlaunch {

namespace {

OnEvent wish_after(Verdict end, const VmConfig& vm) {
  switch (end) {
    case Verdict::powered_off:
      return vm.on_poweroff;
    case Verdict::rebooted:
      return vm.on_reboot;
    case Verdict::crashed:
    case Verdict::device_model_died:
      return vm.on_crash;
    case Verdict::being_destroyed:
    case Verdict::destroyed:
    case Verdict::stop_requested:
    case Verdict::keep_running:
      break;
  }
  return OnEvent::destroy;
}

}  // namespace

Next next_after(Verdict end, const VmConfig& vm, bool stop_requested, bool owns_domain) {
  if (stop_requested || !owns_domain) return Next::end;
  switch (wish_after(end, vm)) {
    case OnEvent::restart:
      return Next::restart;
    case OnEvent::preserve:
      return Next::preserve;
    case OnEvent::destroy:
      break;
  }
  return Next::end;
}

ExitCode exit_code_for(Verdict end) {
  switch (end) {
    case Verdict::rebooted:
      return ExitCode::guest_rebooted;
    case Verdict::crashed:
      return ExitCode::guest_crashed;
    case Verdict::device_model_died:
      return ExitCode::device_model;
    case Verdict::powered_off:
    case Verdict::being_destroyed:
    case Verdict::destroyed:
    case Verdict::stop_requested:
      return ExitCode::done;
    case Verdict::keep_running:
      break;
  }
  return ExitCode::internal;
}

bool RestartLimit::allow(std::chrono::steady_clock::time_point now) {
  std::erase_if(restarts_, [&](auto restart) { return now - restart > limit_.within; });
  if (restarts_.size() >= limit_.restarts) return false;
  restarts_.push_back(now);
  return true;
}

}  // namespace xenlaunch
