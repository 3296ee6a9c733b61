#include "launcher/journal/journal_content.h"

#include "launcher/journal/state_names.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Phase = JournalContent::Phase;

const std::string header = R"({"journal":1,"vm":"vm","uuid":"U","owns_domain":true,"boot":"B"})"
                           "\n";
const std::string begun = R"({"begin":0,"do":"x","undo":{"kind":"pause_guest","label":"pause"}})"
                          "\n";

JournalContent empty() {
  return {.header = {.vm = "vm", .uuid = "U"}, .boot = "B"};
}

JournalContent parse(const std::string& text) {
  return parse_journal(text, "/j", "vm", "B");
}

/// What parse() says against `text`.
std::string refusal(const std::string& text) {
  return error_of([&] { parse(text); });
}

std::string refused(const std::string& reason) {
  return "4: cannot act on /j: " + reason +
         "; see what it says and what is still there (xl list, xenlaunch pci list), then remove "
         "its folder";
}

TEST_CASE("what is formatted is parsed again, for every kind of undo and every state") {
  JournalContent content = empty();
  content.header.owns_domain = false;
  content.domid = 7;
  for (const auto& [kind, name] : undo_kind_names) {
    Undo undo{.kind = kind, .label = "\"quoted\"\n"};
    content.entries[content.next_number++] = {"begun " + std::string{name}, undo};
    if (kind == UndoKind::nothing) continue;
    undo.device = PciAddress{0xabcd, 0x65, 31, 7};
    undo.driver = "snd";
    undo.nodes = {"/a", "/b/c"};
    content.entries[content.next_number++] = {"done", undo, Phase::done};
  }
  for (const auto& [state, name] : vm_state_names) {
    content.state = state;
    CHECK(parse(format_journal(content)) == content);
  }
}

struct Line {
  std::string text;
  JournalContent content;  ///< of a journal that ends with it
};

/// A journal with every sort of line.
std::vector<Line> every_line() {
  const Undo undo{.kind = UndoKind::restore_device, .label = "L", .device = PciAddress{0, 0, 2, 0}};
  JournalContent now = empty();
  std::vector<Line> lines{{header, now}};
  const auto add = [&](const std::string& text) { lines.push_back({text + "\n", now}); };
  const auto begin = [&](const Undo& what) {
    const std::size_t number = now.next_number++;
    now.entries[number] = {"A", what};
    add(begin_line(number, now.entries[number]));
  };
  begin(undo);
  now.entries[0].phase = Phase::done;
  add(mark_line("done", 0));
  begin({});
  now.entries.erase(1);  // it needs no undo
  add(mark_line("done", 1));
  begin(undo);
  now.entries.erase(2);
  add(mark_line("failed", 2));
  now.domid = 7;
  add(domain_line(7));
  now.state = VmState::running;
  add(state_line(VmState::running));
  now.domid.reset();
  add(domain_line({}));
  add(mark_line("undoing", 0));
  add(mark_line("not_undone", 0, "R"));
  now.entries.erase(0);
  add(mark_line("undone", 0));
  return lines;
}

TEST_CASE("each line says what it says, in these words") {
  std::string text;
  for (const Line& line : every_line()) {
    text += line.text;
    CHECK(parse(text) == line.content);
  }
  CHECK(
      text ==
      header +
          R"({"begin":0,"do":"A","undo":{"kind":"restore_device","label":"L","device":"0000:00:02.0"}}
{"done":0}
{"begin":1,"do":"A","undo":{"kind":"nothing","label":""}}
{"done":1}
{"begin":2,"do":"A","undo":{"kind":"restore_device","label":"L","device":"0000:00:02.0"}}
{"failed":2}
{"domain":7}
{"state":"running"}
{"domain":null}
{"undoing":0}
{"not_undone":0,"reason":"R"}
{"undone":0}
)");
}

TEST_CASE("a journal cut off at any byte tells what its whole lines tell") {
  std::string before;
  JournalContent content;  // of the lines before
  for (const Line& line : every_line()) {
    for (std::size_t cut = 0; cut < line.text.size(); ++cut) {
      content.torn = cut > 0;
      CHECK(parse(before + line.text.substr(0, cut)) == content);
    }
    before += line.text;
    content = line.content;
  }
}

TEST_CASE("a journal of another VM or another boot is not acted on") {
  CHECK(error_of([&] { parse_journal(header, "/j", "other", "B"); }) ==
        refused("it tells of another VM, 'vm'"));
  CHECK(error_of([&] { parse_journal(header, "/j", "vm", "C"); }) ==
        refused("it is from another boot of this host"));
}

TEST_CASE("a journal that does not begin as ours is not acted on") {
  for (const std::string first :
       {R"({"state":"running"})",
        R"({"journal":2,"vm":"vm","uuid":"U","owns_domain":true,"boot":"B"})",
        R"({"journal":"1","vm":"vm","uuid":"U","owns_domain":true,"boot":"B"})",
        R"({"journal":1,"vm":5,"uuid":"U","owns_domain":true,"boot":"B"})",
        R"({"journal":1,"vm":"vm","owns_domain":true,"boot":"B"})",
        R"({"journal":1,"vm":"vm","uuid":"U","owns_domain":1,"boot":"B"})",
        R"({"journal":1,"vm":"vm","uuid":"U","boot":"B"})",
        R"({"journal":1,"vm":"vm","uuid":"U","owns_domain":true})", "", "x", "[]", "null"}) {
    CAPTURE(first);
    CHECK(refusal(first + "\n" + begun) == refused("it is not as this xenlaunch writes it"));
  }
}

TEST_CASE("a line that is not ours makes the whole journal one that is not acted on") {
  for (const std::string line :
       {R"({"state":"flying"})",
        R"({"state":5})",
        R"({"domain":"7"})",
        R"({"domain":-1})",
        R"({"domain":4294967296})",
        R"({"domain":1.5})",
        R"({"done":1})",
        R"({"done":"0"})",
        R"({"failed":1})",
        R"({"undone":1})",
        R"({"undoing":1})",
        R"({"not_undone":1})",
        R"({"begin":0,"do":"x","undo":{"kind":"nothing","label":""}})",
        R"({"begin":-1,"do":"x","undo":{"kind":"nothing","label":""}})",
        R"({"begin":1,"do":5,"undo":{"kind":"nothing","label":""}})",
        R"({"begin":1,"undo":{"kind":"nothing","label":""}})",
        R"({"begin":1,"do":"x"})",
        R"({"begin":1,"do":"x","undo":5})",
        R"({"begin":1,"do":"x","undo":{"label":""}})",
        R"({"begin":1,"do":"x","undo":{"kind":"format_disk","label":""}})",
        R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":5}})",
        R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"","device":"../x"}})",
        R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"","driver":5}})",
        R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"","nodes":"/a"}})",
        R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"","nodes":["a"]}})",
        R"({"begin":1,"do":"x","undo":{"kind":"nothing","label":"","nodes":[5]}})",
        "{}",
        "",
        "x",
        "[]",
        "5",
        R"({"state":"running"} x)"}) {
    CAPTURE(line);
    CHECK(refusal(header + begun + line + "\n") ==
          refused("it is not as this xenlaunch writes it"));
  }
  CHECK(refusal(header + header) == refused("it is not as this xenlaunch writes it"));
}

}  // namespace
}  // namespace xenlaunch::test
