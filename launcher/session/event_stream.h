#pragma once

#include <cstddef>
#include <string>

#include "base/file_descriptor.h"
#include "base/progress.h"

namespace xenlaunch {

/// `--events`: each ProgressEvent as one line of JSON, with the time at which it was told (seconds
/// of CLOCK_MONOTONIC). A reader that does not keep up loses events, and is told how many; one that
/// has gone loses all: a VM waits for neither.
class EventStream final : public Progress {
 public:
  /// `target` is the number of a descriptor that this process was started with, or a path: a FIFO
  /// that somebody reads, or a file to append to. Throws Error (ExitCode::usage).
  EventStream(const std::string& target, std::string vm);

  void step(const std::string& /*text*/) override {}
  void info(const std::string& /*text*/) override {}
  void warning(const std::string& text) override;
  void event(const ProgressEvent& event) override;

 private:
  void send(const std::string& line);

  std::string vm_;
  FileDescriptor file_;
  std::size_t lost_ = 0;
};

/// The descriptor that `target` is the number of; -1 where it is a path.
int event_descriptor(const std::string& target);

/// One line, without its end; `lost` events before it were not read in time.
std::string format_event(const ProgressEvent& event, const std::string& vm, double seconds,
                         std::size_t lost);

}  // namespace xenlaunch
