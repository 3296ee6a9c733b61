#include "launcher/undo/journal_content.h"

#include "launcher/undo/state_names.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Phase = JournalContent::Phase;

const std::string header =
    R"({"journal":1,"vm":"win10","uuid":"u-1","owns_domain":true,"boot":"b-1"})"
    "\n";
const std::string begin_0 = R"({"begin":0,"do":"act","undo":{"kind":"destroy_domain","label":"l"}})"
                            "\n";

JournalContent fresh() {
  return {.header = {.vm = "win10", .uuid = "u-1"}, .boot = "b-1"};
}

/// What `text` says to a launcher of win10 in the boot b-1.
JournalContent read(std::string_view text) {
  return parse_journal(text, "/run/j", "win10", "b-1");
}

JournalContent read_after_header(const std::string& lines) {
  return read(header + lines);
}

/// One entry, and what becomes of it.
JournalContent with_entry(UndoKind kind, Phase phase) {
  JournalContent content = fresh();
  content.entries[0] = {.action = "act", .undo = {.kind = kind, .label = "l"}, .phase = phase};
  content.next_number = 1;
  return content;
}

/// An entry of each kind, all that an undo may hold, a domain and a state.
JournalContent full() {
  JournalContent content = fresh();
  content.header.owns_domain = false;
  std::size_t number = 3;
  for (const auto& [kind, name] : undo_kind_names) {
    content.entries[number] = {
        .action = "do " + std::string{name} + " \"\\\n\t\xc3\xa9",
        .undo = {.kind = kind, .label = "undo it"},
        .phase = kind == UndoKind::nothing || number % 2 == 0 ? Phase::begun : Phase::done};
    if (kind == UndoKind::disconnect_vif || kind == UndoKind::disconnect_tap)
      content.entries[number].undo.nic = ScriptedNic{
          .index = 7, .script = "/a \"b", .is_emulated = kind == UndoKind::disconnect_tap};
    number += 2 - number % 2;
  }
  Undo& undo = content.entries.rbegin()->second.undo;
  undo.device = PciAddress::parse("0001:00:02.7");
  undo.driver = "";
  undo.nodes = {"/a", "/b/c"};
  content.next_number = content.entries.rbegin()->first + 1;
  content.domid = 0xffffffff;
  content.state = VmState::running;
  return content;
}

TEST_CASE("every kind of undo has a name of its own, and so has every state") {
  for (std::size_t i = 0; i < undo_kind_names.size(); ++i) {
    const auto& [kind, name] = undo_kind_names[i];
    CHECK(static_cast<std::size_t>(kind) == i);
    CHECK_FALSE(name.empty());
    CHECK((named(name, undo_kind_names) == std::optional{kind}));
    CHECK(name_of(kind, undo_kind_names) == name);
  }
  CHECK(undo_kind_names.size() == static_cast<std::size_t>(UndoKind::pause_guest) + 1);
  for (std::size_t i = 0; i < vm_state_names.size(); ++i) {
    const auto& [state, name] = vm_state_names[i];
    CHECK(static_cast<std::size_t>(state) == i);
    CHECK_FALSE(name.empty());
    CHECK((named(name, vm_state_names) == std::optional{state}));
    CHECK(to_string(state) == name);
  }
  CHECK(vm_state_names.size() == static_cast<std::size_t>(VmState::ending) + 1);
}

TEST_CASE("what is written is read back, for every kind of undo") {
  const JournalContent content = full();
  CHECK((read(format_journal(content)) == content));
  CHECK(content.entries.size() == undo_kind_names.size());
}

TEST_CASE("what is written is read back, for every state") {
  for (const auto& [state, name] : vm_state_names) {
    JournalContent content = fresh();
    content.state = state;
    CHECK((read(format_journal(content)) == content));
    CHECK((read_after_header(state_line(state) + "\n") == content));
  }
}

TEST_CASE("a fresh journal is its first line") {
  CHECK(format_journal(fresh()) == header);
  CHECK((read(header) == fresh()));
}

TEST_CASE("the lines are as other readers know them") {
  CHECK(begin_line(7, {.action = "bind it",
                       .undo = {.kind = UndoKind::restore_device,
                                .label = "give it back",
                                .device = PciAddress::parse("0000:00:02.0"),
                                .driver = "i915",
                                .nodes = {"/x"}}}) ==
        R"({"begin":7,"do":"bind it","undo":{"kind":"restore_device","label":"give it back",)"
        R"("device":"0000:00:02.0","driver":"i915","nodes":["/x"]}})");
  CHECK(begin_line(0, {.action = "act", .undo = {.kind = UndoKind::destroy_domain, .label = "l"}}) +
            "\n" ==
        begin_0);
  CHECK(mark_line("done", 7) == R"({"done":7})");
  CHECK(mark_line("not_undone", 7, "no \"x\"") == R"({"not_undone":7,"reason":"no \"x\""})");
  CHECK(domain_line(7) == R"({"domain":7})");
  CHECK(domain_line(std::nullopt) == R"({"domain":null})");
  CHECK(state_line(VmState::running) == R"({"state":"running"})");
}

TEST_CASE("text that is not UTF-8 does not make a journal unreadable") {
  JournalContent content = with_entry(UndoKind::pause_guest, Phase::begun);
  content.entries[0].action = "a\xff";
  JournalContent expected = content;
  expected.entries[0].action = "a\xef\xbf\xbd";
  CHECK((read(format_journal(content)) == expected));
}

TEST_CASE("what has been begun stands until it has failed or is undone") {
  const JournalContent begun = with_entry(UndoKind::destroy_domain, Phase::begun);
  const JournalContent done = with_entry(UndoKind::destroy_domain, Phase::done);
  JournalContent gone = fresh();
  gone.next_number = 1;
  const std::vector<std::pair<std::string, JournalContent>> table{
      {"", begun},
      {R"({"done":0})", done},
      {R"({"failed":0})", gone},
      {R"({"undoing":0})", begun},
      {R"({"undone":0})", gone},
      {R"({"not_undone":0,"reason":"why"})", begun},
  };
  for (const auto& [line, content] : table) {
    CAPTURE(line);
    CHECK((read_after_header(begin_0 + (line.empty() ? "" : line + "\n")) == content));
  }
  CHECK((read_after_header(begin_0 + "{\"done\":0}\n{\"undoing\":0}\n") == done));
  CHECK(
      (read_after_header(begin_0 + "{\"done\":0}\n{\"undoing\":0}\n{\"not_undone\":0}\n") == done));
  CHECK((read_after_header(begin_0 + "{\"done\":0}\n{\"undoing\":0}\n{\"undone\":0}\n") == gone));
}

TEST_CASE("what needs no undo stands until it is done") {
  const std::string begin = begin_line(0, {.action = "act", .undo = {.label = "l"}}) + "\n";
  CHECK((read_after_header(begin) == with_entry(UndoKind::nothing, Phase::begun)));
  JournalContent gone = fresh();
  gone.next_number = 1;
  CHECK((read_after_header(begin + "{\"done\":0}\n") == gone));
}

TEST_CASE("the last word on the domain and on the state counts") {
  JournalContent content = fresh();
  content.domid = 7;
  content.state = VmState::paused;
  const std::string lines = R"({"domain":3})"
                            "\n"
                            R"({"domain":7})"
                            "\n"
                            R"({"state":"running"})"
                            "\n"
                            R"({"state":"paused"})"
                            "\n";
  CHECK((read_after_header(lines) == content));
  content.domid.reset();
  CHECK((read_after_header(lines + "{\"domain\":null}\n") == content));
  content.state = VmState::starting;
  CHECK((read_after_header(lines + "{\"domain\":null}\n{\"state\":\"starting\"}\n") == content));
}

TEST_CASE("numbers may be left out, and go on after the last that was used") {
  JournalContent content = fresh();
  content.next_number = 42;
  const std::string lines = begin_line(41, {.action = "act", .undo = {.label = "l"}}) + "\n";
  CHECK((read_after_header(lines + mark_line("failed", 41) + "\n") == content));
}

TEST_CASE("a journal cut off at any byte tells what its whole lines tell") {
  const std::string text = format_journal(full()) +
                           "{\"undoing\":3}\n{\"undone\":4}\n{\"domain\":null}\n"
                           "{\"state\":\"ending\"}\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    const std::string_view rest{text.data(), cut};
    const std::size_t end = rest.rfind('\n');
    const std::string_view whole = end == rest.npos ? "" : rest.substr(0, end + 1);
    JournalContent expected = read(whole);
    CHECK_FALSE(expected.torn);
    expected.torn = whole.size() != cut;
    CHECK((read(rest) == expected));
  }
  CHECK((read("") == JournalContent{}));
}

TEST_CASE("what follows the last line's end is not looked at") {
  JournalContent torn = fresh();
  torn.torn = true;
  for (const char* rest : {"x", "{}", "\xff", "[1]", "{\"state\":\"asleep\"}"})
    CHECK((read(header + rest) == torn));
}

const std::string cannot_act = "4: cannot act on /run/j: ";
const std::string advice =
    "; see what it says and what is still there (xl list, xenlaunch pci list), then remove its "
    "folder";

TEST_CASE("a journal of another VM or of another boot is not acted on") {
  CHECK(error_of([] { parse_journal(header, "/run/j", "win11", "b-1"); }) ==
        cannot_act + "it tells of another VM, 'win10'" + advice);
  // JSON lets DEL through, and whatever is escaped in it.
  std::string other = header;
  other.replace(other.find("win10"), 5, "w\x7f\\u009b1");
  CHECK(error_of([&] { parse_journal(other, "/run/j", "win10", "b-1"); }) ==
        cannot_act + "it tells of another VM, 'w\\x7f\\x9b1'" + advice);
  CHECK(error_of([] { parse_journal(header, "/run/j", "win10", "b-2"); }) ==
        cannot_act + "it is from another boot of this host" + advice);
}

TEST_CASE("a first line that is not ours is not acted on") {
  for (const char* line : {
           R"({"journal":2,"vm":"win10","uuid":"u-1","owns_domain":true,"boot":"b-1"})",
           R"({"journal":"1","vm":"win10","uuid":"u-1","owns_domain":true,"boot":"b-1"})",
           R"({"vm":"win10","uuid":"u-1","owns_domain":true,"boot":"b-1"})",
           R"({"journal":1,"vm":7,"uuid":"u-1","owns_domain":true,"boot":"b-1"})",
           R"({"journal":1,"uuid":"u-1","owns_domain":true,"boot":"b-1"})",
           R"({"journal":1,"vm":"win10","owns_domain":true,"boot":"b-1"})",
           R"({"journal":1,"vm":"win10","uuid":"u-1","owns_domain":1,"boot":"b-1"})",
           R"({"journal":1,"vm":"win10","uuid":"u-1","boot":"b-1"})",
           R"({"journal":1,"vm":"win10","uuid":"u-1","owns_domain":true,"boot":null})",
           R"({"journal":1,"vm":"win10","uuid":"u-1","owns_domain":true})",
           R"({"state":"running"})",
           "{}",
           "[]",
           "",
           "win10",
       }) {
    CAPTURE(line);
    CHECK(error_of([&] { read(std::string{line} + "\n"); }) ==
          cannot_act + "it is not as this xenlaunch writes it" + advice);
  }
}

TEST_CASE("a line that is not ours is not acted on") {
  for (
      const char* line :
      {// no line of ours
       "{}", "", "[]", "7", "null", "\xff", "garbage", R"({"begin":1)", R"({"sing":1})",
       // an undo that is not known or not whole
       R"({"begin":1,"do":"x","undo":{"kind":"format_disk","label":"l"}})",
       R"({"begin":1,"do":"x","undo":{"kind":1,"label":"l"}})",
       R"({"begin":1,"do":"x","undo":{"label":"l"}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing"}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":1}})",
       R"({"begin":1,"do":"x","undo":"nothing"})", R"({"begin":1,"do":"x"})",
       R"({"begin":1,"do":1,"undo":{"kind":"nothing","label":"l"}})",
       R"({"begin":1,"undo":{"kind":"nothing","label":"l"}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","device":"eth0"}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","device":null}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","driver":1}})",
       R"({"begin":1,"do":"x","undo":{"kind":"disconnect_vif","label":"l"}})",
       R"({"begin":1,"do":"x","undo":{"kind":"disconnect_tap","label":"l","nic":0}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nic":{"index":8,"script":"/a","emulated":true}}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nic":{"index":-1,"script":"/a","emulated":true}}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nic":{"index":0,"script":"a","emulated":true}}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nic":{"index":0,"emulated":true}}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nic":{"index":0,"script":"/a"}}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nic":{"index":0,"script":"/a","emulated":1}}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nodes":"/a"}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nodes":[1]}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nodes":["a"]}})",
       R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"l","nodes":[""]}})",
       // a number that goes backwards, or is none
       R"({"begin":0,"do":"x","undo":{"kind":"nothing","label":"l"}})",
       R"({"begin":-1,"do":"x","undo":{"kind":"nothing","label":"l"}})",
       R"({"begin":1.5,"do":"x","undo":{"kind":"nothing","label":"l"}})",
       R"({"begin":"1","do":"x","undo":{"kind":"nothing","label":"l"}})",
       R"({"begin":4294967296,"do":"x","undo":{"kind":"nothing","label":"l"}})",
       // a mark of what has not begun
       R"({"done":1})", R"({"failed":1})", R"({"undoing":1})", R"({"undone":1})",
       R"({"not_undone":1,"reason":"x"})", R"({"done":"0"})", R"({"undone":null})",
       // a domain or a state that cannot be
       R"({"domain":-1})", R"({"domain":4294967296})", R"({"domain":"7"})", R"({"state":"asleep"})",
       R"({"state":"Running"})", R"({"state":1})"}) {
    CAPTURE(line);
    CHECK(error_of([&] { read_after_header(begin_0 + line + "\n"); }) ==
          cannot_act + "it is not as this xenlaunch writes it" + advice);
  }
}

}  // namespace
}  // namespace xenlaunch::test
