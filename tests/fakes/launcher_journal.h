#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "launcher/undo/journal_content.h"
#include "tests/fakes/journal.h"

namespace xenlaunch::test {

/// The launcher's own journal, in memory.
class FakeLauncherJournal final : public xenlaunch::Journal {
 public:
  JournalContent content;
  std::vector<VmState> states;
  std::vector<Undo> begun;             ///< all that ever began, in order
  std::optional<std::size_t> kill_at;  ///< right after so many writes

  std::size_t begin(const std::string& action, const Undo& undo) override {
    const std::size_t number = content.next_number++;
    content.entries[number] = {action, undo};
    begun.push_back(undo);
    wrote();
    return number;
  }
  void done(std::size_t number) override {
    wrote();  // before it: what is done is not yet written down
    content.done(number);
    wrote();
  }
  void failed(std::size_t number) override { content.entries.erase(number); }
  void undoing(std::size_t) override {}
  void undone(std::size_t number) override { content.entries.erase(number); }
  void not_undone(std::size_t, const std::string&) override {}
  void domain(std::optional<std::uint32_t> domid) override {
    content.domid = domid;
    wrote();
  }
  void state(VmState state) override {
    content.state = state;
    states.push_back(state);
    wrote();
  }

 private:
  void wrote() {
    if (kill_at && (*kill_at)-- == 0) throw Killed{};
  }
};

}  // namespace xenlaunch::test
