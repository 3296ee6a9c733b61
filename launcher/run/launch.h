#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "launcher/host/host_access.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/run/executor.h"
#include "launcher/run/launch_settings.h"
#include "launcher/run/outcome.h"
#include "launcher/run/supervisor.h"
#include "launcher/undo/journal_content.h"
#include "launcher/undo/undo_log.h"
#include "launcher/undo/undoer.h"

namespace xenlaunch {

/// How a VM ended, everything given back but for what `not_undone` says.
struct LaunchResult {
  Verdict end = Verdict::keep_running;
  ExitCode code = ExitCode::done;
  std::string message;     ///< for people, and why QEMU died where it did
  std::string not_undone;  ///< a line for each undo that failed, and what remains to be done
};

/// One VM from its first start over its restarts to its last end.
class Launch {
 public:
  /// `header` says which domain it is, in `journal` too. With `attach_to` the domain is a
  /// toolstack's.
  Launch(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host, Journal& journal,
         const JournalHeader& header, Progress& progress, std::optional<Domid> attach_to = {});

  Launch(const Launch&) = delete;  // its parts refer to each other
  Launch& operator=(const Launch&) = delete;

  /// Performs the plan, stays with the guest until it ends, and takes everything down again. Throws
  /// Error where the guest could not be started; then, too, everything has been given back, or the
  /// code is ExitCode::host_left_changed.
  LaunchResult run();

  /// Goes on with a VM that an earlier launcher has started, whose journal says `content`.
  LaunchResult take_over(const JournalContent& content);

  /// Undoes what an earlier launcher's journal says. Returns what could not be undone.
  std::string undo(const JournalContent& content);

 private:
  template <typename Action>
  LaunchResult or_give_back(Action action);
  void lock_devices();
  LaunchResult stay();
  bool restart(const LaunchResult& result, RestartLimit& limit);
  void say_started();
  void state(VmState state);
  void resume(const JournalContent& content);
  std::string not_undone();

  const LaunchPlan& plan_;
  const LaunchSettings& settings_;
  HostAccess host_;
  Journal& journal_;
  Progress& progress_;
  bool owns_domain_;
  Undoer undoer_;
  UndoLog undo_;
  std::vector<std::shared_ptr<void>> locks_;
  Executor executor_;
  Supervisor supervisor_;
};

}  // namespace xenlaunch
