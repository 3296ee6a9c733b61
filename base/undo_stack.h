#pragma once

#include <functional>
#include <string>
#include <vector>

namespace xenlaunch {

/// What has to be done to leave the host as it was: pushed beside each change, run newest first.
class UndoStack {
 public:
  /// Told of each undo that failed: its label and why.
  using Reporter = std::function<void(const std::string& label, const std::string& reason)>;
  /// Told of each undo before it runs.
  using Observer = std::function<void(const std::string& label)>;

  explicit UndoStack(Reporter report_failure, Observer begin = {});
  UndoStack(const UndoStack&) = delete;
  UndoStack& operator=(const UndoStack&) = delete;
  ~UndoStack();  ///< unwinds

  /// `label` reads on from "could not": "give 0000:00:02.0 back to i915".
  void push(std::string label, std::function<void()> undo);

  /// Runs every undo, newest first. One that throws is reported and does not stop the others.
  void unwind() noexcept;

  /// What was done stays done.
  void commit() noexcept { steps_.clear(); }

 private:
  struct Step {
    std::string label;
    std::function<void()> undo;
  };
  Reporter report_failure_;
  Observer begin_;
  std::vector<Step> steps_;
};

}  // namespace xenlaunch
