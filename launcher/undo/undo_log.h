#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.h"
#include "launcher/undo/journal.h"
#include "launcher/undo/journal_content.h"
#include "launcher/undo/undoer.h"

namespace xenlaunch {

/// What has to be done to leave the host as it was. Each change goes through doing(), which writes
/// it down before and after; unwinding runs the undos newest first, and is also the normal
/// teardown.
class UndoLog {
 public:
  UndoLog(Journal& journal, Undoer& undoer, Progress& progress);

  /// Performs `change`. One that throws has left nothing, unless its ExitCode is host_left_changed.
  void doing(const std::string& action, const Undo& undo, const std::function<void()>& change);
  /// Takes over what an earlier launcher's journal says.
  void resume(const JournalContent& content);

  /// Undoes everything but what a VM holds over its restarts (is_held), or really everything. An
  /// undo that fails is remembered and does not stop the others; it stays in the journal.
  void unwind_domain() noexcept;
  void unwind() noexcept;

  /// "could not LABEL: REASON" for each undo that failed, and whether xenstored's absence was why.
  const std::vector<std::string>& failures() const { return failures_; }
  bool store_failed() const { return store_failed_; }

 private:
  struct Entry {
    std::size_t number;
    Undo undo;
  };
  void undo_newest();
  void failed(const Entry& entry, const std::string& reason);
  void tell(const Undo& undo, const char* phase, const std::string& reason = {});

  Journal& journal_;
  Undoer& undoer_;
  Progress& progress_;
  std::vector<Entry> entries_;
  std::vector<std::string> failures_;
  bool store_failed_ = false;
};

}  // namespace xenlaunch
