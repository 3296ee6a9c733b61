#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "launcher/plan/undo.h"

namespace xenlaunch {

/// What a VM is doing, as far as its launcher knows.
enum class VmState { starting, paused, running, restarting, preserved, ending };

/// "starting", "paused", …
std::string_view to_string(VmState state);

/// What a journal begins with.
struct JournalHeader {
  std::string vm;           ///< its name
  std::string uuid;         ///< Xen's handle of the domain, chosen before there is one
  bool owns_domain = true;  ///< false: a toolstack's, which is left alone
  friend bool operator==(const JournalHeader&, const JournalHeader&) = default;
};

/// A launcher's own account of what it has changed, for the one that comes after it was killed.
/// Each change is written down before it begins and after it is done. Every call throws Error
/// (ExitCode::host) where it cannot be written.
class Journal {
 public:
  virtual ~Journal() = default;

  /// `action` begins: "bind 0000:00:02.0 to pciback". Returns the number that the other calls name
  /// it by.
  virtual std::size_t begin(const std::string& action, const Undo& undo) = 0;
  virtual void done(std::size_t number) = 0;
  /// It failed and has left no trace.
  virtual void failed(std::size_t number) = 0;
  virtual void undoing(std::size_t number) = 0;
  virtual void undone(std::size_t number) = 0;
  virtual void not_undone(std::size_t number, const std::string& reason) = 0;

  virtual void domain(std::optional<std::uint32_t> domid) = 0;  ///< nullopt: there is none now
  virtual void state(VmState state) = 0;
};

}  // namespace xenlaunch
