#pragma once

#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "launcher/host/host_access.h"
#include "launcher/run/supervision.h"

namespace xenlaunch {

/// Stays with a domain: one loop over everything that can happen to it.
class Supervisor {
 public:
  Supervisor(HostAccess host, Progress& progress);

  /// Returns once the VM has ended, or is to be ended. Only an Error of Xen's own ends it
  /// otherwise: without xenstored it goes on, with what Xen says alone.
  Verdict stay_with(Domid domid);
  /// The same for a domain that has ended and is kept for somebody to look at: returns once it is
  /// gone or is to be.
  void keep(Domid domid);
  /// How it ended, for people.
  std::string describe(Verdict verdict);

 private:
  Observation observe(Domid domid);
  /// Waits for the next event, or until `deadline`, and answers it.
  void tell_messages();
  Event wait(Events::Deadline deadline);
  void await_destruction(Domid domid);
  void answer_store_error(const Error& error);
  void store_is_lost(const std::string& reason);
  std::string device_model_end();

  HostAccess host_;
  Progress& progress_;
  bool store_lost_ = false;
};

}  // namespace xenlaunch
