// docs/vm-file.md says what the reader of VM files does.
#include <algorithm>
#include <regex>

#include "tests/unit/config/vm_file_text.h"
#include "tests/unit/docs/documents.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

const std::string required = "name: example\nmemory: 1GiB\n";

/// The keys that the reader names as known where it finds one that is not, with the path of that
/// one's mapping before them ("vnc.", "disks[0].", "" for the VM itself). `text` is a VM file with
/// such keys, all called `stranger`.
std::vector<std::string> keys_named(const std::string& text) {
  static const std::regex complaint{
      R"(vm\.yaml:\d+:\d+: (.*)stranger: is not a known key; expected (.*))"};
  static const std::regex separator{", | or "};
  std::vector<std::string> keys;
  for (const std::string& line : lines_of(problems_of(text))) {
    std::smatch match;
    if (!std::regex_match(line, match, complaint)) continue;
    const std::string names = match[2];
    for (std::sregex_token_iterator name{names.begin(), names.end(), separator, -1}, end;
         name != end; ++name)
      keys.push_back(match[1].str() + name->str());
  }
  return keys;
}

/// Adds the keys of the mapping, or of the mappings in the list, that may stand between `before`
/// and `after`, and those in them.
void add_inner_keys(const std::string& before, const std::string& after,
                    std::set<std::string>& keys) {
  for (const auto& [open, close] : {std::pair{"{", "}"}, {"[{", "}]"}})
    for (const std::string& found : keys_named(before + open + "stranger: 1" + close + after)) {
      keys.insert(std::regex_replace(found, std::regex{R"(\[0\])"}, "[]"));
      const std::string key = found.substr(found.rfind('.') + 1);
      add_inner_keys(before + open + key + ": ", close + after, keys);
    }
}

/// Every key that the reader knows, as docs/vm-file.md writes it: "disks[].image".
std::set<std::string> keys_of_reader() {
  std::set<std::string> keys;
  for (const std::string& key : keys_named(required + "stranger: 1\n")) {
    keys.insert(key);
    const std::string others = key == "name" || key == "memory" ? "" : required;
    // A mapping that has no meaning of its own is documented by its keys alone.
    add_inner_keys(others + key + ": ", "\n", keys);
  }
  return keys;
}

std::set<std::string> documented_keys() {
  const std::vector<std::string> names =
      first_cells(section(document("vm-file.md"), "# The VM file"));
  std::set<std::string> keys{names.begin(), names.end()};
  // "platform.vga" says that there is a key "platform".
  for (const std::string& name : names)
    if (const std::size_t dot = name.find('.'); dot != std::string::npos)
      keys.insert(name.substr(0, std::min(dot, name.find('['))));
  return keys;
}

/// A VM file of an example that may be only a part of one.
std::string completed(const std::string& example) {
  return example.starts_with("name:") ? example : required + example;
}

TEST_CASE("docs/vm-file.md has every key that the reader knows, and no other") {
  const std::set<std::string> known = keys_of_reader();
  const std::set<std::string> documented = documented_keys();
  CHECK(known.contains("disks[].image"));
  CHECK(known.contains("restart_limit.seconds"));
  CHECK(missing(known, documented) == "");
  CHECK(missing(documented, known) == "");
}

TEST_CASE("every YAML example of docs/vm-file.md is a good VM file") {
  const std::vector<std::string> examples = code_blocks(document("vm-file.md"), "yaml");
  CHECK(examples.size() > 10);
  for (const std::string& example : examples) {
    CAPTURE(example);
    CHECK(problems_of(completed(example)) == "");
  }
}

TEST_CASE("every VM file in README.md and the tutorial is a good one") {
  for (const std::string name : {"README.md", "tutorial.md"}) {
    int vm_files = 0;
    for (const std::string& example : code_blocks(document(name), "yaml")) {
      CAPTURE(example);
      CHECK(problems_of(example) == "");
      ++vm_files;
    }
    CAPTURE(name);
    CHECK(vm_files > 0);
  }
}

TEST_CASE("the defaults in docs/vm-file.md are the reader's") {
  const std::string text = document("vm-file.md");
  const std::vector<std::string> blocks = code_blocks(section(text, "## All defaults"), "yaml");
  REQUIRE(blocks.size() == 1);
  const VmConfig without = parse_vm_file(
      "name: defaults\nmemory: 1GiB\npci: ['65:00.0']\n"
      "disks: [{image: /srv/disk.img, target: hda}]\nnics: [{bridge: xenbr0}]\n",
      "vm.yaml");
  CHECK((parse_vm_file(blocks.front(), "vm.yaml") == without));

  static const std::regex code{"`(.*)`"};
  for (const std::vector<std::string>& cells : rows(text)) {
    REQUIRE(cells.size() >= 2);
    std::smatch given;
    if (cells.size() != 4 || !std::regex_match(cells[2], given, code)) continue;
    const std::string& key = cells.front();
    if (key == "pci" || key == "disks" || key == "nics") continue;  // that block has one of each
    const std::string line =
        key.substr(key.find('.') == std::string::npos ? 0 : key.rfind('.') + 1) + ": " +
        given[1].str();
    CAPTURE(line);
    CHECK(blocks.front().find(line) != std::string::npos);
  }
}

TEST_CASE("docs/vm-file.md shows what the reader says of a number out of range") {
  const std::string said = problems_of("name: win10\nmemory: 4GiB\nvcpus: 0\n");
  CHECK(document("vm-file.md").find(said.substr(std::string{"vm.yaml"}.size())) !=
        std::string::npos);
}

}  // namespace
}  // namespace xenlaunch::test
