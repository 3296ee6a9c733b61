#pragma once

#include <string>
#include <vector>

namespace xenlaunch {

struct ProgramResult {
  int status{};        ///< exit status; 128 + its number where a signal ended it
  std::string output;  ///< stdout
  std::string errors;  ///< the last 16 KiB of stderr
  friend bool operator==(const ProgramResult&, const ProgramResult&) = default;
};

/// Runs the host's own programs, as update-grub.
class Programs {
 public:
  virtual ~Programs() = default;
  /// Waits for its end. `argv[0]` is a path, or a name sought in the system's folders alone.
  /// Nothing on its stdin, and of the environment only PATH and `locale`. Throws Error
  /// (ExitCode::host) "cannot run PROGRAM: REASON".
  virtual ProgramResult run(const std::vector<std::string>& argv,
                            const std::string& locale = "LC_ALL=C") = 0;
};

class HostPrograms final : public Programs {
 public:
  ProgramResult run(const std::vector<std::string>& argv,
                    const std::string& locale = "LC_ALL=C") override;
};

/// What is to be said of a program that failed: "PROGRAM ended with status N: LAST LINE".
std::string failure_text(const std::string& program, const ProgramResult& result);

}  // namespace xenlaunch
