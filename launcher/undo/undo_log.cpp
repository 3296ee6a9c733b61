#include "launcher/undo/undo_log.h"

#include <exception>
#include <utility>

#include "base/error.h"
#include "launcher/undo/state_names.h"

namespace xenlaunch {
namespace {

const Error* as_known(const std::exception& error) {
  return dynamic_cast<const Error*>(&error);
}

/// Whether a change that ended so may have left something. What became of a request to xenstored
/// whose answer did not come nobody knows; and an undo does no harm where there is nothing.
bool may_have_left_something(const std::exception& error) {
  const Error* known = as_known(error);
  return known != nullptr &&
         (known->code == ExitCode::host_left_changed || known->code == ExitCode::xenstore);
}

/// Writes to the journal what became of a change. Where that fails all goes on: the change stands
/// there as one that was begun, and whoever recovers undoes it, for the second time if need be.
template <typename Write>
void note(Progress& progress, Write write) {
  try {
    write();
  } catch (const Error& unwritten) {
    progress.warning(unwritten.what());
  }
}

/// Without what the label says already.
std::string reason_for(const std::string& label, const std::exception& error) {
  const Error* known = as_known(error);
  return known != nullptr && known->action == label ? known->reason : error.what();
}

}  // namespace

UndoLog::UndoLog(Journal& journal, Progress& progress, PerformUndo perform, DomainIdentity domain)
    : journal_{journal},
      progress_{progress},
      perform_{std::move(perform)},
      domain_{std::move(domain)} {}

void UndoLog::doing(const Step& step, const std::function<void()>& change) {
  const std::size_t number = journal_.begin(step.action, step.undo);
  const bool has_undo = step.undo.kind != UndoKind::nothing;
  try {
    change();
  } catch (const std::exception& error) {
    if (has_undo && may_have_left_something(error))
      entries_.push_back({number, step.undo});
    else
      note(progress_, [&] { journal_.failed(number); });
    throw;
  }
  if (has_undo) entries_.push_back({number, step.undo});
  journal_.done(number);
}

void UndoLog::domid(std::optional<Domid> domid) {
  domain_.domid = domid;
  journal_.domain(domid);
}

void UndoLog::resume(const JournalContent& content) {
  domain_ = {.uuid = content.header.uuid, .domid = content.domid};
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

void UndoLog::unwind_or_throw() {
  for (; !entries_.empty(); entries_.pop_back()) undo(entries_.back());
}

void UndoLog::undo_newest() {
  const Entry entry = std::move(entries_.back());
  entries_.pop_back();
  try {
    undo(entry);
  } catch (const std::exception& error) {
    failed(entry, error);
  }
}

void UndoLog::undo(const Entry& entry) {
  progress_.step(entry.undo.label);
  tell(entry.undo, "begun");
  note(progress_, [&] { journal_.undoing(entry.number); });
  perform_(entry.undo, domain_);
  note(progress_, [&] { journal_.undone(entry.number); });
  tell(entry.undo, "done");
}

void UndoLog::failed(const Entry& entry, const std::exception& error) {
  const Error* known = as_known(error);
  store_failed_ = store_failed_ || (known != nullptr && known->code == ExitCode::xenstore);
  failures_.push_back("could not " + entry.undo.label + ": " + reason_for(entry.undo.label, error));
  tell(entry.undo, "failed", error.what());
  note(progress_, [&] { journal_.not_undone(entry.number, error.what()); });
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
