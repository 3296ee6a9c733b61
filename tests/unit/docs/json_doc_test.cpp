// docs/json-and-events.md has the names that programs rely on.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/finding.h"
#include "base/progress.h"
#include "launcher/plan/step_names.h"
#include "launcher/session/event_stream.h"
#include "launcher/undo/state_names.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/docs/documents.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

std::set<std::string> documented(const std::string& heading) {
  const std::vector<std::string> names =
      first_cells(section(document("json-and-events.md"), heading));
  return {names.begin(), names.end()};
}

void check_same(const std::set<std::string>& known, const std::set<std::string>& documented) {
  CHECK(!known.empty());
  CHECK(missing(known, documented) == "");
  CHECK(missing(documented, known) == "");
}

/// The keys of `document` as the tables write them: "pci[].address", "video_card.type". An array is
/// known by its first element.
void collect_keys(const nlohmann::json& document, const std::string& path,
                  std::set<std::string>& keys) {
  if (document.is_object()) {
    for (const auto& [key, value] : document.items())
      collect_keys(value, path.empty() ? key : path + "." + key, keys);
  } else if (document.is_array() && !document.empty() && document.front().is_object()) {
    collect_keys(document.front(), path.empty() ? "" : path + "[]", keys);
  } else {
    keys.insert(path);
  }
}

void make_function(const testing::TemporaryTree& tree, const std::string& address,
                   const std::string& device, const std::string& class_code) {
  const std::string function = "sys/bus/pci/devices/" + address + "/";
  tree.write(function + "vendor", "0x8086\n");
  tree.write(function + "device", device + "\n");
  tree.write(function + "class", class_code + "\n");
  std::string resources;
  for (int bar = 0; bar < 7; ++bar) resources += "0x0 0x0 0x0\n";
  tree.write(function + "resource", resources);
  tree.write(function + "irq", "16\n");
}

/// A host with one card, a network card and an empty boot configuration.
void make_host(const testing::TemporaryTree& tree) {
  make_function(tree, "0000:00:02.0", "0x0412", "0x030000");
  make_function(tree, "0000:05:00.0", "0x100e", "0x020000");
  tree.write("sys/bus/pci/drivers/pciback/slots", "");
  tree.write("proc/cmdline", "quiet\n");
}

TEST_CASE("docs/json-and-events.md has every key of the documents about a host") {
  const testing::TemporaryTree tree;
  make_host(tree);
  const std::string root = tree.root().string();
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\npci: ['00:02.0', {select: {id: '8086:100e'}}]\n");
  const std::string vm_file = (tree.root() / "vm.yaml").string();
  tree.write("vm.cfg", "name = 'a'\n");
  const std::string xl_file = (tree.root() / "vm.cfg").string();
  const std::vector<std::pair<std::string, std::vector<std::string>>> commands{
      {"### `run --dry-run`", {"run", "--dry-run", "--json", "--root", root, vm_file}},
      {"### `check`", {"check", "--json", "--root", root, vm_file}},
      {"### `import`", {"import", "--json", xl_file}},
      {"### `pci list`", {"pci", "list", "--json", "--root", root}},
      {"### `gpu list`", {"gpu", "list", "--json", "--root", root}},
      {"### `host doctor`", {"host", "doctor", "--json", "--root", root}},
      {"### `host display`, `host disable-display` and `host enable-display`",
       {"host", "display", "--json", "--root", root}}};
  for (const auto& [heading, args] : commands) {
    CAPTURE(heading);
    const Run run = run_on(unreachable_host, args);
    CAPTURE(run.err);
    REQUIRE(!run.out.empty());
    std::set<std::string> keys;
    collect_keys(nlohmann::json::parse(run.out), "", keys);
    // Of what is found there may be nothing at all.
    const std::set<std::string> of_finding = documented("## Findings");
    std::erase_if(keys, [&of_finding](const std::string& key) {
      const std::string array = "findings";
      return key == array ||
             (key.starts_with(array + "[].") && of_finding.contains(key.substr(array.size() + 3)));
    });
    check_same(keys, documented(heading));
  }
}

TEST_CASE("docs/json-and-events.md has every code of a finding, with its exit status") {
  std::set<std::string> known;
  for (const FindingKind& kind : finding_kinds) known.emplace(kind.name);
  check_same(known, documented("### Codes"));
  for (const std::vector<std::string>& row :
       rows(section(document("json-and-events.md"), "### Codes"))) {
    if (row.back() == "none") continue;
    CAPTURE(row.front());
    const auto kind = std::ranges::find(finding_kinds, row.front(), &FindingKind::name);
    REQUIRE(kind != finding_kinds.end());
    CHECK(row.back() == std::to_string(static_cast<int>(kind->exit_code)));
  }
}

TEST_CASE("docs/troubleshooting.md says what to do about every finding") {
  std::set<std::string> explained;
  const std::string text = document("troubleshooting.md");
  for (const std::string heading : {"## A card cannot be passed", "## A VM cannot be started"})
    for (const std::string& code : first_cells(section(text, heading))) explained.insert(code);
  check_same(documented("### Codes"), explained);
}

TEST_CASE("docs/json-and-events.md has every step") {
  std::set<std::string> known;
  for (const auto& [kind, name] : step_names)
    if (kind != StepKind::quarantine_device) known.emplace(name);  // `pci assign`, without events
  check_same(known, documented("### Steps"));
}

TEST_CASE("docs/json-and-events.md has every undo") {
  std::set<std::string> known;
  for (const auto& [kind, name] : undo_kind_names)
    if (kind != UndoKind::nothing) known.emplace(name);  // of which there is no event
  check_same(known, documented("### Undos"));
}

TEST_CASE("docs/json-and-events.md has every state") {
  std::set<std::string> known{"ended", "stopping", "unattended", "broken"};
  for (const auto& [state, name] : vm_state_names) known.emplace(name);
  check_same(known, documented("### States"));
}

TEST_CASE("docs/json-and-events.md has every key of an event") {
  const ProgressEvent event{.event = "step",
                            .name = "bind_to_pciback",
                            .phase = "failed",
                            .device = "0000:00:02.0",
                            .text = "bind",
                            .reason = "no",
                            .domid = 3};
  const auto document = nlohmann::json::parse(format_event(event, "win10", 1.5, 7));
  std::set<std::string> known;
  for (const auto& [key, value] : document.items()) known.insert(key);
  const std::string text = section(xenlaunch::test::document("json-and-events.md"), "## Events");
  const std::vector<std::string> names = first_cells(text.substr(0, text.find("\n### ")));
  check_same(known, {names.begin(), names.end()});
}

}  // namespace
}  // namespace xenlaunch::test
