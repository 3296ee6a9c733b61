#pragma once

#include <chrono>
#include <string>

#include "base/file_descriptor.h"
#include "base/paths.h"

namespace xenlaunch {

/// The process that looks after a VM, held by a descriptor so that its number cannot become another
/// process's unnoticed.
class LauncherProcess {
 public:
  /// Throws Error (ExitCode::host) where the VM has none any more.
  LauncherProcess(const Directories& directories, const std::string& vm);

  /// Whether it ends within `time`: all that the VM had is given back then, or told of in its log.
  bool ends_within(std::chrono::milliseconds time) const;
  /// Has it take the VM down at once.
  void destroy() const;

 private:
  FileDescriptor pidfd_;
};

}  // namespace xenlaunch
