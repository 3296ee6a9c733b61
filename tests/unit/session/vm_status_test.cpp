#include "launcher/session/vm_status.h"

#include "launcher/undo/remains.h"
#include "launcher/undo/state_names.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

const DomainState its_own{.domid = 7, .uuid = "u-1"};
const DomainState paused{.domid = 7, .paused = true, .uuid = "u-1"};
const DomainState shut_down{.domid = 7, .shutdown = ShutdownReason::poweroff, .uuid = "u-1"};
const DomainState dying{.domid = 7, .dying = true, .uuid = "u-1"};
const DomainState foreign{.domid = 7, .uuid = "u-2"};

const std::vector<std::optional<DomainState>> domains{std::nullopt, its_own, paused,
                                                      shut_down,    dying,   foreign};

bool is_alive(const std::optional<DomainState>& domain) {
  return domain == its_own || domain == paused || domain == shut_down;
}

bool was_up(VmState state) {
  return state == VmState::running || state == VmState::paused || state == VmState::preserved;
}

JournalContent journal_in(VmState state) {
  JournalContent journal{.header = {.vm = "win10", .uuid = "u-1"}, .boot = "b-1"};
  journal.entries[0] = {.action = "act", .undo = {.kind = UndoKind::destroy_domain}};
  journal.next_number = 1;
  journal.domid = 7;
  journal.state = state;
  return journal;
}

TEST_CASE("what a launcher that is gone has left, over the whole table") {
  for (const auto& [state, name] : vm_state_names)
    for (std::size_t i = 0; i < domains.size(); ++i)
      for (const bool qemu_runs : {false, true}) {
        CAPTURE(name);
        CAPTURE(i);
        CAPTURE(qemu_runs);
        const bool runs = was_up(state) && is_alive(domains[i]) && qemu_runs;
        CHECK(what_remains(journal_in(state), domains[i], qemu_runs) ==
              (runs ? Remains::runs : Remains::broken));
        JournalContent empty = journal_in(state);
        empty.entries.clear();
        CHECK(what_remains(empty, domains[i], qemu_runs) == Remains::nothing);
      }
}

TEST_CASE("a VM without a launcher is unattended where it runs, and broken everywhere else") {
  for (const auto& [state, name] : vm_state_names)
    for (std::size_t i = 0; i < domains.size(); ++i)
      for (const bool qemu_runs : {false, true})
        for (const bool stop : {false, true}) {
          CAPTURE(name);
          CAPTURE(i);
          CAPTURE(qemu_runs);
          const bool runs = was_up(state) && is_alive(domains[i]) && qemu_runs;
          CHECK(vm_state(journal_in(state), false, domains[i], qemu_runs, stop) ==
                (runs ? "unattended" : "broken"));
          JournalContent empty = journal_in(state);
          empty.entries.clear();
          CHECK(vm_state(empty, false, domains[i], qemu_runs, stop) == "broken");
        }
}

TEST_CASE("a VM with a launcher is in the state that this is about") {
  for (const VmState state :
       {VmState::starting, VmState::restarting, VmState::preserved, VmState::ending})
    for (const auto& domain : domains)
      for (const bool qemu_runs : {false, true})
        for (const bool stop : {false, true})
          CHECK(vm_state(journal_in(state), true, domain, qemu_runs, stop) == to_string(state));
}

TEST_CASE("a VM that is up is paused where Xen says so, and stopping once it has been asked to") {
  for (const VmState state : {VmState::running, VmState::paused})
    for (const auto& domain : domains)
      for (const bool qemu_runs : {false, true}) {
        const std::string now = domain == paused ? "paused" : "running";
        CHECK(vm_state(journal_in(state), true, domain, qemu_runs, false) == now);
        CHECK(vm_state(journal_in(state), true, domain, qemu_runs, true) == "stopping");
      }
}

TEST_CASE("a VM's devices are those of its journal, each once and in order") {
  JournalContent journal = journal_in(VmState::running);
  CHECK(devices_of(journal) == std::vector<PciAddress>{});
  const PciAddress first{0, 0, 2, 0};
  const PciAddress second{0, 1, 0, 0};
  journal.entries[1].undo = {.kind = UndoKind::restore_device, .device = second};
  journal.entries[2].undo = {.kind = UndoKind::deassign_device, .device = first};
  journal.entries[3].undo = {.kind = UndoKind::deassign_device, .device = second};
  CHECK(devices_of(journal) == std::vector<PciAddress>{first, second});
}

}  // namespace
}  // namespace xenlaunch::test
