#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/undo/journal.h"

namespace xenlaunch {

/// What a journal says.
struct JournalContent {
  enum class Phase { begun, done };
  struct Entry {
    std::string action;
    Undo undo;
    Phase phase = Phase::begun;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  JournalHeader header;
  std::string boot;  ///< boot_id of the host's boot it was written in
  /// By number, in the order in which they began: what has been begun and not undone since. What is
  /// undone is undone newest first.
  std::map<std::size_t, Entry> entries{};
  std::size_t next_number = 0;
  std::optional<std::uint32_t> domid{};
  VmState state = VmState::starting;
  bool torn = false;  ///< its last line was cut off, and is left out here
  /// The entry has been done; one that needs no undo is of no more interest.
  void done(std::size_t number);
  friend bool operator==(const JournalContent&, const JournalContent&) = default;
};

/// Reads the journal of the VM `vm`, written in the boot `boot`. A line that was cut off is the
/// work of the moment in which its launcher was killed; anything else that is not as FileJournal
/// writes it was written by somebody else, and throws Error (ExitCode::host) naming `file`: nothing
/// of it may be acted on.
JournalContent parse_journal(std::string_view text, const std::string& file, const std::string& vm,
                             const std::string& boot);

/// The devices that it says are the VM's.
std::vector<PciAddress> devices_of(const JournalContent& journal);

/// The lines of `content`, as a fresh journal would hold them.
std::string format_journal(const JournalContent& content);

/// The lines that FileJournal appends, without the line's end.
std::string begin_line(std::size_t number, const JournalContent::Entry& entry);
std::string mark_line(std::string_view mark, std::size_t number, const std::string& reason = {});
std::string domain_line(std::optional<std::uint32_t> domid);
std::string state_line(VmState state);

}  // namespace xenlaunch
