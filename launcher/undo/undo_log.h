#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/domid.h"
#include "base/progress.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/undo/journal.h"
#include "launcher/undo/journal_content.h"

namespace xenlaunch {

/// The domain of a start, which has a name in Xen (its handle) before it has a number: where nobody
/// wrote the number down, the domain is found all the same.
struct DomainIdentity {
  std::string uuid{};
  std::optional<Domid> domid{};  ///< nullopt: not created yet, or not known
};

/// Takes one change back, of that domain where it is about one. Throws Error where it cannot.
using PerformUndo = std::function<void(const Undo& undo, const DomainIdentity& domain)>;

/// What has to be done to leave the host as it was. Each change goes through doing(), which writes
/// it down before and after; unwinding runs the undos newest first, and is also the normal
/// teardown. Without an unwinding what was done stays done.
class UndoLog {
 public:
  UndoLog(Journal& journal, Progress& progress, PerformUndo perform, DomainIdentity domain = {});

  /// Performs `change`. One that throws has left nothing, unless its ExitCode is host_left_changed
  /// or xenstore.
  void doing(const Step& step, const std::function<void()>& change);
  /// The domain's number is known now, or there is none any more.
  void domid(std::optional<Domid> domid);
  const DomainIdentity& domain() const { return domain_; }
  /// Takes over what an earlier launcher's journal says, its domain too.
  void resume(const JournalContent& content);

  /// Undoes everything but what a VM holds over its restarts (is_held), or really everything. An
  /// undo that fails is remembered and does not stop the others; it stays in the journal.
  void unwind_domain() noexcept;
  void unwind() noexcept;
  /// Undoes everything, as long as nothing fails: throws the first failure's Error.
  void unwind_or_throw();

  /// "could not LABEL: REASON" for each undo that failed, and whether one of them was xenstored's.
  const std::vector<std::string>& failures() const { return failures_; }
  bool store_failed() const { return store_failed_; }

 private:
  struct Entry {
    std::size_t number;
    Undo undo;
  };
  void undo_newest();
  void undo(const Entry& entry);
  void failed(const Entry& entry, const std::exception& error);
  void tell(const Undo& undo, const char* phase, const std::string& reason = {});

  Journal& journal_;
  Progress& progress_;
  PerformUndo perform_;
  DomainIdentity domain_;
  std::vector<Entry> entries_;
  std::vector<std::string> failures_;
  bool store_failed_ = false;
};

}  // namespace xenlaunch
