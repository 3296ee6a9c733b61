#include "launcher/undo/undo_log.h"

#include <exception>

#include "base/error.h"
#include "launcher/undo/state_names.h"

namespace xenlaunch {

UndoLog::UndoLog(Journal& journal, Undoer& undoer, Progress& progress)
    : journal_{journal}, undoer_{undoer}, progress_{progress} {}

void UndoLog::doing(const std::string& action, const Undo& undo,
                    const std::function<void()>& change) {
  const std::size_t number = journal_.begin(action, undo);
  const auto keep = [&] {
    if (undo.kind != UndoKind::nothing) entries_.push_back({number, undo});
  };
  try {
    change();
  } catch (const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    if (known != nullptr && known->code == ExitCode::host_left_changed)
      keep();
    else
      journal_.failed(number);
    throw;
  }
  keep();
  journal_.done(number);
}

void UndoLog::resume(const JournalContent& content) {
  for (const auto& [number, entry] : content.entries)
    if (entry.undo.kind != UndoKind::nothing) entries_.push_back({number, entry.undo});
}

void UndoLog::unwind_domain() noexcept {
  // What is held stands before all the rest.
  while (!entries_.empty() && !is_held(entries_.back().undo.kind)) undo_newest();
}

void UndoLog::unwind() noexcept {
  while (!entries_.empty()) undo_newest();
}

void UndoLog::undo_newest() {
  const Entry entry = std::move(entries_.back());
  entries_.pop_back();
  progress_.step(entry.undo.label);
  tell(entry.undo, "begun");
  try {
    journal_.undoing(entry.number);
    undoer_.perform(entry.undo);
    journal_.undone(entry.number);
    tell(entry.undo, "done");
  } catch (const Error& error) {
    store_failed_ = store_failed_ || error.code == ExitCode::xenstore;
    failed(entry, error.what());
  } catch (const std::exception& error) {
    failed(entry, error.what());
  }
}

void UndoLog::failed(const Entry& entry, const std::string& reason) {
  // "could not X: cannot X: REASON" would say it twice.
  const std::string same = "cannot " + entry.undo.label + ": ";
  failures_.push_back("could not " + entry.undo.label + ": " +
                      (reason.starts_with(same) ? reason.substr(same.size()) : reason));
  tell(entry.undo, "failed", reason);
  try {
    journal_.not_undone(entry.number, reason);
  } catch (const Error& error) {
    progress_.warning(error.what());  // it is in the journal as begun, which says enough
  }
}

void UndoLog::tell(const Undo& undo, const char* phase, const std::string& reason) {
  progress_.event({.event = "undo",
                   .name = std::string{name_of(undo.kind, undo_kind_names)},
                   .phase = phase,
                   .device = undo.device ? undo.device->to_string() : "",
                   .text = undo.label,
                   .reason = reason});
}

}  // namespace xenlaunch
