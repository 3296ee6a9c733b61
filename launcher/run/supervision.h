#pragma once

#include <optional>

#include "launcher/xen/domains.h"

namespace xenlaunch {

/// What the launcher sees of a VM that it has let run.
struct Observation {
  std::optional<DomainState> domain;  ///< nullopt: Xen no longer has it
  bool device_model_ended = false;
  bool device_model_disowned =
      false;  ///< its node in xenstore is gone: another tool is destroying the VM
  bool stop_requested = false;
};

enum class Verdict {
  keep_running,
  powered_off,
  rebooted,
  crashed,
  device_model_died,
  being_destroyed,  ///< by another tool, which is not done yet
  destroyed,        ///< by another tool
  stop_requested,
};

/// What has become of the VM. The guest's own end comes before everything that follows from it.
constexpr Verdict judge(const Observation& seen) {
  if (!seen.domain) return Verdict::destroyed;
  if (seen.domain->shutdown) {
    switch (*seen.domain->shutdown) {
      case ShutdownReason::poweroff:
        return Verdict::powered_off;
      // A suspended guest has nobody here who would resume it; QEMU has saved nothing.
      case ShutdownReason::suspend:
        return Verdict::powered_off;
      case ShutdownReason::reboot:
        return Verdict::rebooted;
      case ShutdownReason::soft_reset:
        return Verdict::rebooted;
      case ShutdownReason::crash:
        return Verdict::crashed;
      case ShutdownReason::watchdog:
        return Verdict::crashed;
    }
    return Verdict::crashed;
  }
  if (seen.domain->dying) return Verdict::being_destroyed;
  if (seen.stop_requested) return Verdict::stop_requested;
  if (!seen.device_model_ended) return Verdict::keep_running;
  return seen.device_model_disowned ? Verdict::being_destroyed : Verdict::device_model_died;
}

}  // namespace xenlaunch
