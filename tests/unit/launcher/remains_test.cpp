#include "launcher/remains.h"

#include "launcher/journal/state_names.h"
#include "launcher/vm_status.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

JournalContent journal_in(VmState state) {
  return {.header = {.vm = "vm", .uuid = "U"},
          .boot = "B",
          .entries = {{0, {"pause", {.kind = UndoKind::pause_guest}}}},
          .domid = 7,
          .state = state};
}

/// No domain, its own, its own that is dying, and another VM's that has its number now.
const std::vector<std::optional<DomainState>> domains{
    std::nullopt, DomainState{.domid = 7, .uuid = "U"},
    DomainState{.domid = 7, .dying = true, .uuid = "U"}, DomainState{.domid = 7, .uuid = "V"}};

bool was_up(VmState state) {
  return state == VmState::running || state == VmState::paused || state == VmState::preserved;
}

TEST_CASE("a VM runs only where it was up, has its own domain and its QEMU, over the whole table") {
  for (const auto& [state, name] : vm_state_names)
    for (std::size_t i = 0; i < domains.size(); ++i)
      for (const bool qemu_runs : {false, true}) {
        CAPTURE(name);
        CAPTURE(i);
        const bool runs = was_up(state) && i == 1 && qemu_runs;
        const JournalContent journal = journal_in(state);
        CHECK((what_remains(journal, domains[i], qemu_runs) ==
               (runs ? Remains::runs : Remains::broken)));
        for (const bool stop : {false, true})
          CHECK(vm_state(journal, /*has_launcher=*/false, domains[i], qemu_runs, stop) ==
                (runs ? "unattended" : "broken"));
        JournalContent begun_nothing = journal;
        begun_nothing.entries.clear();
        CHECK((what_remains(begun_nothing, domains[i], qemu_runs) == Remains::nothing));
      }
}

TEST_CASE("with a launcher a VM's state is what that is doing, over the whole table") {
  const DomainState running{.domid = 7, .uuid = "U"};
  const DomainState paused{.domid = 7, .paused = true, .uuid = "U"};
  for (const VmState state : {VmState::running, VmState::paused}) {
    const JournalContent journal = journal_in(state);
    CHECK(vm_state(journal, true, running, false, false) == "running");
    CHECK(vm_state(journal, true, paused, false, false) == "paused");
    CHECK(vm_state(journal, true, std::nullopt, false, false) == "running");
    for (const auto& domain : {std::optional{running}, std::optional{paused}})
      CHECK(vm_state(journal, true, domain, false, true) == "stopping");
  }
  for (const auto& [state, name] : vm_state_names) {
    if (state == VmState::running || state == VmState::paused) continue;
    for (const bool stop : {false, true})
      for (const auto& domain : {std::optional{running}, std::optional{paused}})
        CHECK(vm_state(journal_in(state), true, domain, false, stop) == name);
  }
}

}  // namespace
}  // namespace xenlaunch::test
