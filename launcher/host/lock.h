#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/file_descriptor.h"

namespace xenlaunch {

/// An exclusive claim on a name for as long as this process lives, held by flock(2) on
/// DIRECTORY/NAME.lock: the kernel lets go of it however the process ends. The holder's pid and
/// `purpose` stand in the file, for the other's message.
class Lock {
 public:
  enum class Mode { try_once, wait };
  /// Throws Error (ExitCode::host) "cannot ACTION: HOLDER" where another holds it and `mode` is
  /// try_once; also where the directory cannot be made, for this user alone as the file is: who can
  /// only read it could hold it.
  Lock(const std::filesystem::path& directory, const std::string& name, const std::string& purpose,
       const std::string& action, Mode mode = Mode::try_once);

  /// From now on the processes that this one starts hold the lock too, each until it ends: where
  /// this one is killed, what it started may still be at work.
  void share_with_children();

 private:
  FileDescriptor file_;
};

struct LockHolder {
  pid_t pid{};
  std::string purpose;  ///< printable; empty where it is not known
  /// Why it is no process of ours, which could be told something or signalled: "is user 1000's".
  std::string doubt{};
  bool is_ours() const { return doubt.empty(); }
  /// "process 4711 (xenlaunch run win10)", "process 4711, which is user 1000's,"
  std::string to_string() const;
  friend bool operator==(const LockHolder&, const LockHolder&) = default;
};

/// Who holds the lock now; nullopt where nobody does. Found out from the kernel's list of locks
/// (`proc`/locks): trying to take it would, for an instant, keep it from who wants to have it. It
/// is ours where it is this user's, still has the file open, and has said in it who it is.
std::optional<LockHolder> lock_holder(const std::filesystem::path& directory,
                                      const std::string& name,
                                      const std::filesystem::path& proc = "/proc");

}  // namespace xenlaunch
