#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/spawn.h"

namespace xenlaunch {

enum class ProgramEnd {
  exited,
  signalled,
  timed_out,      ///< and was killed with what it had started
  said_too_much,  ///< likewise
};

struct ProgramResult {
  int status{};        ///< exit status; where a signal ended it, that signal's number
  std::string output;  ///< stdout, a little more than 8 MiB at most
  std::string errors;  ///< the last 16 KiB of stderr
  ProgramEnd end = ProgramEnd::exited;

  bool succeeded() const { return end == ProgramEnd::exited && status == 0; }
  friend bool operator==(const ProgramResult&, const ProgramResult&) = default;
};

/// The PATH of every program that is run here, as "NAME=VALUE".
inline constexpr const char* program_path =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Notes how `child` ends, which has until `deadline` where it is not to be ended at once. Then it
/// is killed, with its process group.
void await_end(const Child& child, bool at_once, std::chrono::steady_clock::time_point deadline,
               ProgramResult& result);

/// Enough for a program that only answers.
constexpr std::chrono::seconds time_to_answer{10};
/// For one that makes boot files anew: those of many kernels on a slow host take minutes, and only
/// one that hangs shall be killed.
constexpr std::chrono::minutes time_to_rebuild{30};

/// Runs the host's own programs, as update-grub.
class Programs {
 public:
  virtual ~Programs() = default;
  /// Waits for its end; what has not ended within `limit` is killed, with its process group.
  /// `argv[0]` is a path, or a name sought in the system's folders alone. Nothing on its stdin, and
  /// of the environment only PATH and `locale`. Throws Error (ExitCode::host) "cannot run PROGRAM:
  /// REASON".
  virtual ProgramResult run(const std::vector<std::string>& argv,
                            std::chrono::seconds limit = time_to_answer,
                            const std::string& locale = "LC_ALL=C") = 0;
};

class HostPrograms final : public Programs {
 public:
  ProgramResult run(const std::vector<std::string>& argv,
                    std::chrono::seconds limit = time_to_answer,
                    const std::string& locale = "LC_ALL=C") override;
};

/// Why `program`, a path, cannot be run, as a clause; empty where it can.
std::string why_not_runnable(const std::filesystem::path& program);

/// What is to be said of a program that failed: "PROGRAM ended with status N: LAST LINE".
std::string failure_text(const std::string& program, const ProgramResult& result);

}  // namespace xenlaunch
