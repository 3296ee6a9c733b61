#pragma once

#include <stdexcept>
#include <string>

#include "base/exit_code.h"

namespace xenlaunch {

/// The one exception type. Its text is "cannot ACTION OBJECT: REASON", plus the remedy where known.
struct Error : std::runtime_error {
  Error(ExitCode code_, const std::string& message) : std::runtime_error{message}, code{code_} {}
  /// "cannot ACTION: REASON". The parts are for those who tell of the action themselves.
  Error(ExitCode code_, const std::string& action_, const std::string& reason_)
      : Error{code_, "cannot " + action_ + ": " + reason_} {
    action = action_;
    reason = reason_;
  }
  ExitCode code;
  std::string action{};  ///< reads on from "cannot"; empty where only the whole text is known
  std::string reason{};
};

/// `action` reads on from "cannot". Pass errno at once: the next call may change it.
[[noreturn]] void throw_errno(ExitCode code, int error_number, const std::string& action);

/// What errno `error_number` means, in the C library's words.
std::string errno_text(int error_number);

/// As errno_text, without the number's name translated: "EPERM", "ENOENT"; the number where it has
/// no name.
std::string errno_name(int error_number);

}  // namespace xenlaunch
