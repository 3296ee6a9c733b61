// docs/man says what docs/ and the program say.
#include <fmt/format.h>

#include <regex>

#include "base/error.h"
#include "launcher/config/host_settings_reader.h"
#include "tests/unit/docs/documents.h"
#include "tests/unit/docs/program_commands.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

std::string man_page(const std::string& name) {
  return document("man/" + name + ".scd");
}

std::string without(std::string text, const std::string& characters) {
  std::erase_if(text, [&characters](char c) { return characters.find(c) != std::string::npos; });
  return text;
}

void add_options(const std::string& line, OptionNames& names) {
  static const std::regex option{R"(\*(--?[a-z-]+)\*)"};
  for (std::sregex_iterator found{line.begin(), line.end(), option}, end; found != end; ++found)
    names.insert((*found)[1]);
}

/// "*stop* _NAME_" begins what is said of a command, "\t*--no-force*" of an option of it.
DocumentedCommands commands_of_man_page() {
  const std::string text = man_page("xenlaunch.1");
  OptionNames common;
  for (const std::string& line : lines_of(section(text, "# OPTIONS")))
    if (line.starts_with("*-")) add_options(line, common);
  DocumentedCommands commands;
  for (const std::string heading : {"# STARTING A VM", "# A RUNNING VM", "# THE HOST"}) {
    OptionNames* options = nullptr;
    for (const std::string& line : lines_of(section(text, heading))) {
      if (line.starts_with('*'))
        options = &commands.emplace(without(line, "*_"), common).first->second;
      else if (options && line.starts_with("\t*-"))
        add_options(line, *options);
    }
  }
  return commands;
}

/// Each key with what stands behind it: "*vcpus* (integer; default 1)" is "vcpus (integer; default
/// 1)".
std::set<std::string> keys_of_man_page(const std::string& name) {
  static const std::regex key{R"(\*([a-z_.\[\]]+)\* (\([a-z ]+; [^)]*\)))"};
  std::set<std::string> keys;
  for (const std::string& line : lines_of(man_page(name))) {
    if (!line.starts_with('*')) continue;
    for (std::sregex_iterator found{line.begin(), line.end(), key}, end; found != end; ++found)
      keys.insert((*found)[1].str() + " " + (*found)[2].str());
  }
  return keys;
}

/// As keys_of_man_page, from the tables of docs/vm-file.md, which another test compares with the
/// reader.
std::set<std::string> keys_of_vm_file_document() {
  std::set<std::string> keys;
  for (const std::vector<std::string>& cells : rows(document("vm-file.md"))) {
    if (cells.size() != 4) continue;
    const std::string otherwise = without(cells[2], "`");
    // What is said of a default in words is said in the text there.
    const std::string named = otherwise.starts_with("without it") ? "none" : otherwise;
    keys.insert(fmt::format("{} ({}; {}{})", cells[0], cells[1],
                            named == "required" ? "" : "default ", named));
  }
  return keys;
}

/// The keys that the reader of the host's settings names where it finds one that it does not know.
std::set<std::string> keys_of_host_settings(const std::string& text, const std::string& before) {
  static const std::regex complaint{R"(stranger: is not a known key; expected (.*))"};
  static const std::regex separator{", | or "};
  std::set<std::string> keys;
  try {
    parse_host_settings(text, "host.yaml");
  } catch (const Error& error) {
    const std::string said = error.what();
    std::smatch match;
    if (!std::regex_search(said, match, complaint)) return keys;
    const std::string names = match[1];
    for (std::sregex_token_iterator name{names.begin(), names.end(), separator, -1}, end;
         name != end; ++name)
      keys.insert(before + name->str());
  }
  return keys;
}

void check_same(const std::set<std::string>& known, const std::set<std::string>& documented) {
  CHECK(!known.empty());
  CHECK(missing(known, documented) == "");
  CHECK(missing(documented, known) == "");
}

TEST_CASE("xenlaunch(1) has every command and every option of each, and no other") {
  const DocumentedCommands known = commands_of_program();
  const DocumentedCommands documented = commands_of_man_page();
  check_same(names_of(known), names_of(documented));
  for (const auto& [name, options] : known) {
    CAPTURE(name);
    const auto found = documented.find(name);
    if (found != documented.end()) check_same(options, found->second);
  }
}

TEST_CASE("xenlaunch(1) has every exit status") {
  const std::string text = section(man_page("xenlaunch.1"), "# EXIT STATUS");
  static const std::regex row{R"(\| (\d+) \| .*)"};
  for (const std::string& line : lines_of(section(document("commands.md"), "## Exit status"))) {
    std::smatch status;
    if (!std::regex_match(line, status, row)) continue;
    CAPTURE(line);
    CHECK(text.find("*" + status[1].str() + "*\n") != std::string::npos);
  }
}

TEST_CASE("xenlaunch-vm(5) has every key of a VM file with its type and default, and no other") {
  check_same(keys_of_vm_file_document(), keys_of_man_page("xenlaunch-vm.5"));
}

TEST_CASE("xenlaunch-host(5) has every key of the host's settings, and no other") {
  std::set<std::string> known = keys_of_host_settings("stranger: 1\n", "");
  REQUIRE(known.erase("paths") == 1);
  known.merge(keys_of_host_settings("paths: {stranger: 1}\n", "paths."));
  std::set<std::string> documented;
  for (const std::string& key : keys_of_man_page("xenlaunch-host.5"))
    documented.insert(key.substr(0, key.find(' ')));
  check_same(known, documented);
}

TEST_CASE("the defaults in xenlaunch-host(5) are the program's") {
  const HostSettings settings;
  const std::set<std::string> documented = keys_of_man_page("xenlaunch-host.5");
  const auto vendors = [](const std::vector<std::uint16_t>& ids) {
    std::string text;
    for (const std::uint16_t id : ids)
      text += fmt::format("{}\"{:04x}\"", text.empty() ? "" : ", ", id);
    return text;
  };
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"integrated_vendors (list", "[" + vendors(settings.integrated_vendors) + "]"},
           {"system_display_vendors (list", "[" + vendors(settings.system_display_vendors) + "]"},
           {"return_without_reset (word", "pciback"},
           {"trusted_folders (list", "[]"},
           {"first_qemu_user (integer", std::to_string(settings.first_qemu_user)},
           {"paths.qemu (path", settings.qemu},
           {"paths.qemu_traditional (path", settings.qemu_traditional},
           {"paths.seabios (path", settings.seabios},
           {"paths.xen_cmdline (path", settings.xen_cmdline}}) {
    CAPTURE(key);
    CHECK(documented.contains(key + "; default " + value + ")"));
  }
}

}  // namespace
}  // namespace xenlaunch::test
