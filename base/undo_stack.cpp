#include "base/undo_stack.h"

#include <exception>
#include <utility>

namespace xenlaunch {

UndoStack::UndoStack(Reporter report_failure, Observer begin)
    : report_failure_{std::move(report_failure)}, begin_{std::move(begin)} {}

UndoStack::~UndoStack() {
  unwind();
}

void UndoStack::push(std::string label, std::function<void()> undo) {
  steps_.push_back({std::move(label), std::move(undo)});
}

void UndoStack::unwind() noexcept {
  while (!steps_.empty()) {
    const Step step = std::move(steps_.back());
    steps_.pop_back();
    if (begin_) begin_(step.label);
    try {
      step.undo();
    } catch (const std::exception& error) {
      report_failure_(step.label, error.what());
    } catch (...) {
      report_failure_(step.label, "unknown exception");
    }
  }
}

}  // namespace xenlaunch
