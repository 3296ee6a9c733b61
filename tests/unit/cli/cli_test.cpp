#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/fixtures/machine.h"
#include "tests/fixtures/source_folder.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

const std::string source_dir = testing::source_folder();
const std::string igd_file = source_dir + "/configs/igd.yaml";

std::string igd_host() {
  return testing::machine("host-igd");
}

Run run(const std::vector<std::string>& args) {
  return run_on(unreachable_host, args);
}

std::string file(const std::string& path) {
  std::ifstream stream{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// What `args` are refused with: a usage error's message; nothing goes to stdout.
std::string refusal(const std::vector<std::string>& args) {
  const Run result = run(args);
  CHECK(result.status == 2);
  CHECK(result.out.empty());
  return result.err;
}

TEST_CASE("xenlaunch alone prints its help to stderr") {
  const std::string help = refusal({});
  CHECK(help == run({"--help"}).out);
}

TEST_CASE("--help lists every command and every exit status") {
  const Run help = run({"--help"});
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  for (const std::string text : {"\n  run ",       "\n  start ",
                                 "\n  attach ",    "\n  check ",
                                 "\n  list ",      "\n  import ",
                                 "\n  status ",    "\n  stop ",
                                 "\n  reboot ",    "\n  destroy ",
                                 "\n  unpause ",   "\n  console ",
                                 "\n  logs ",      "\n  recover ",
                                 "\n  pci ",       "\n  gpu ",
                                 "\n  host ",      "0 done",
                                 "1 internal",     "2 usage",
                                 "3 VM file",      "4 host",
                                 "5 Xen",          "6 xenstore",
                                 "7 device model", "8 host left changed",
                                 "32 guest",       "33 guest",
                                 "130 stopped"}) {
    CAPTURE(text);
    CHECK(help.out.find(text) != std::string::npos);
  }
  CHECK(run({"run", "--help"}).out.find("--dry-run") != std::string::npos);
  CHECK(run({"stop", "--help"}).out.find("--no-force ") != std::string::npos);
}

TEST_CASE("--version prints the version") {
  const Run version = run({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.starts_with("xenlaunch 0."));
}

TEST_CASE("a command or option that is not known is named, with those that are") {
  const std::string commands =
      "; xenlaunch has the commands run, start, attach, check, import, list, status, stop, "
      "reboot, destroy, "
      "unpause, disk, console, logs, screenshot, recover, pci, gpu, host; see xenlaunch --help\n";
  CHECK(refusal({"bogus"}) == "xenlaunch: error: 'bogus' is not known" + commands);
  CHECK(refusal({"--bogus"}) == "xenlaunch: error: '--bogus' is not known" + commands);
  CHECK(refusal({"pci", "bogus"}) ==
        "xenlaunch: error: 'bogus' is not known; xenlaunch pci has the commands list, assign, "
        "restore; see xenlaunch pci --help\n");
  CHECK(refusal({"pci"}) ==
        "xenlaunch: error: no command is given; xenlaunch pci has the commands list, "
        "assign, restore; see xenlaunch pci --help\n");
  CHECK(refusal({"run", "--bogus", "x"}) ==
        "xenlaunch: error: The following argument was not expected: --bogus; see xenlaunch run "
        "--help\n");
  CHECK(refusal({"run", "a", "b"}) ==
        "xenlaunch: error: The following argument was not expected: b; see xenlaunch run --help\n");
}

TEST_CASE("arguments that are missing or contradict each other are named") {
  const std::string see = "; see xenlaunch run --help\n";
  CHECK(refusal({"run"}) == "xenlaunch: error: VM.yaml is required" + see);
  CHECK(refusal({"check"}) ==
        "xenlaunch: error: VM.yaml is required; see xenlaunch check --help\n");
  CHECK(refusal({"run", "x", "--format=plan"}) ==
        "xenlaunch: error: --format requires --dry-run" + see);
  CHECK(refusal({"run", "x", "--domid=5"}) == "xenlaunch: error: --domid requires --dry-run" + see);
  CHECK(refusal({"run", "x", "--dry-run", "--format=xml"}) ==
        "xenlaunch: error: --format: xml not in {argv,plan,json}" + see);
  for (const std::string value : {"0", "32752", "5x", "99999999999"})
    CHECK(refusal({"run", "x", "--dry-run", "--domid=" + value}) ==
          "xenlaunch: error: --domid: expected 1 to 32751, not '" + value + "'" + see);
  CHECK(refusal({"run", "x", "--root=/nonexistent"}) ==
        "xenlaunch: error: --root: Directory does not exist: /nonexistent" + see);
  CHECK(refusal({"run", igd_file, "--dry-run", "--json", "--format=plan", "--root", igd_host()}) ==
        "xenlaunch: error: cannot print --format=plan as --json: choose one of them\n");
  CHECK(refusal({"run", igd_file, "--root", igd_host()}) ==
        "xenlaunch: error: cannot start a VM on the host below --root: that is a copy of another "
        "host's files; use `run --dry-run`\n");
}

TEST_CASE("what is about the VMs of this host does not work on a copy of another's files") {
  const std::vector<std::vector<std::string>> commands{
      {"list"},          {"status", "vm"},  {"stop", "vm"}, {"reboot", "vm"}, {"destroy", "vm"},
      {"unpause", "vm"}, {"console", "vm"}, {"logs", "vm"}, {"recover"}};
  for (std::vector<std::string> command : commands) {
    CAPTURE(command.front());
    command.insert(command.end(), {"--root", igd_host()});
    CHECK(refusal(command).ends_with(
        " on the host below --root: that is a copy of another host's files\n"));
  }
}

TEST_CASE("a name that no VM can have is refused before it becomes part of a path") {
  for (const std::string command :
       {"status", "stop", "reboot", "destroy", "unpause", "console", "logs", "recover"}) {
    CAPTURE(command);
    const std::string error = "xenlaunch: error: NAME: no VM has this name: it ";
    const std::string help = "; see xenlaunch " + command + " --help\n";
    CHECK(refusal({command, "../win10"}) ==
          error + "'../win10' has a character that is not allowed" + help);
    CHECK(refusal({command, "a\nb"}) ==
          error + "'a\\nb' has a character that is not allowed" + help);
    CHECK(refusal({command, std::string(300, 'a')}) == error + "is 300 bytes long" + help);
  }
}

TEST_CASE("pci assign and pci restore want a PCI address of this very host") {
  for (const std::string command : {"assign", "restore"}) {
    CAPTURE(command);
    CHECK(refusal({"pci", command}) ==
          "xenlaunch: error: BDF is required; see xenlaunch pci " + command + " --help\n");
    CHECK(refusal({"pci", command, "00:1.2.3"}) ==
          "xenlaunch: error: cannot use '00:1.2.3' as a PCI address: expected SSSS:BB:DD.F, as "
          "0000:00:02.0\n");
    const std::string action = command == "assign" ? "assign 0000:00:02.0 to pciback"
                                                   : "restore 0000:00:02.0 to its driver";
    CHECK(refusal({"pci", command, "00:02.0", "--root", igd_host()}) ==
          "xenlaunch: error: cannot " + action +
              " on the host below --root: that is a copy of another host's files\n");
  }
}

TEST_CASE("a dry run prints its three formats to stdout, byte for byte, every time") {
  for (const auto& [format, golden] :
       {std::pair{"argv", "igd.argv.txt"}, {"plan", "igd.plan.txt"}, {"json", "igd.json"}}) {
    CAPTURE(format);
    const std::vector<std::string> args{"run",      "--dry-run", "--root", igd_host(),
                                        "--format", format,      igd_file};
    const Run first = run(args);
    CHECK(first.status == 0);
    CHECK(first.out == file(source_dir + "/tests/golden/" + golden));
    CHECK(first.err ==
          "xenlaunch: note: DOMID stands in for the domain's id, which Xen chooses at the start\n");
    CHECK(run(args).out == first.out);
  }
}

TEST_CASE("a dry run prints the command line unless told otherwise, --json means --format=json") {
  const std::vector<std::string> args{"run", "--dry-run", "--root", igd_host(), igd_file};
  CHECK(run(args).out == file(source_dir + "/tests/golden/igd.argv.txt"));
  std::vector<std::string> with_json = args;
  with_json.emplace_back("--json");
  CHECK(run(with_json).out == file(source_dir + "/tests/golden/igd.json"));
}

TEST_CASE("--domid stands in everywhere for the domain's id, and -q silences the notes") {
  const Run result =
      run({"run", "--dry-run", "--root", igd_host(), "--json", "--domid", "12345", "-q", igd_file});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(result.out.find("DOMID") == std::string::npos);
  CHECK(result.out.find("/local/domain/12345/name") != std::string::npos);
}

TEST_CASE("a bad VM file is refused by a dry run as by a start") {
  const TemporaryTree tree;
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\nvcpus: x\nbogus: 1\n");
  for (const char* command : {"run", "check"}) {
    std::vector<std::string> args{command, tree.path("vm.yaml"), "--root", igd_host()};
    if (args[0] == "run") args.emplace_back("--dry-run");
    const Run result = run(args);
    CHECK(result.status == 3);
    CHECK(result.out.empty());
    CHECK(result.err.find("xenlaunch: error: " + tree.path("vm.yaml") + ":3:8: vcpus: ") !=
          std::string::npos);
    CHECK(result.err.find("\nxenlaunch: error: " + tree.path("vm.yaml") + ":4:1: bogus: ") !=
          std::string::npos);
  }
  CHECK(run({"run", "--dry-run", "/nonexistent"}).status == 3);
}

TEST_CASE("a device that the host does not have is the host's error") {
  const Run result =
      run({"run", "--dry-run", "--root", igd_host(), source_dir + "/configs/discrete-gpu.yaml"});
  CHECK(result.status == 4);
  CHECK(result.out.empty());
  CHECK(result.err ==
        "xenlaunch: error: cannot pass 0000:00:06.0: there is no such device; this host's graphics "
        "cards are 0000:00:02.0 (8086:0412)\n");
}

TEST_CASE("check says that nothing stands in the way, or what does, as text or JSON") {
  CHECK(run({"check", igd_file, "--root", igd_host()}).out ==
        igd_file + ": nothing stands in the way that the files below " + igd_host() +
            " could tell\n");
  const Run good = run({"check", igd_file, "--root", igd_host(), "--json"});
  CHECK(good.status == 0);
  CHECK(nlohmann::json::parse(good.out) ==
        nlohmann::json{{"vm_file", igd_file},
                       {"vm", "igd"},
                       {"pci", {{{"address", "0000:00:02.0"}, {"id", nullptr}}}},
                       {"problems", nlohmann::json::array()},
                       {"findings", nlohmann::json::array()},
                       {"chosen", nlohmann::json::array()}});
  const std::string other = source_dir + "/configs/two-functions.yaml";
  const Run bad = run({"check", other, "--root", igd_host(), "--json"});
  CHECK(bad.status == 4);
  CHECK(bad.err.empty());
  const std::string tail =
      ": there is no such device; this host's graphics cards are 0000:00:02.0 (8086:0412)";
  const auto missing = [](const std::string& address) {
    return nlohmann::json{{"code", "device_missing"},
                          {"subject", address},
                          {"severity", "blocks"},
                          {"reason", "there is no such device"},
                          {"remedy", "this host's graphics cards are 0000:00:02.0 (8086:0412)"}};
  };
  CHECK(nlohmann::json::parse(bad.out) ==
        nlohmann::json{
            {"vm_file", other},
            {"vm", "two-functions"},
            {"pci",
             {{{"address", "0000:00:0a.0"}, {"id", nullptr}},
              {{"address", "0000:00:0a.1"}, {"id", nullptr}}}},
            {"problems", {"cannot pass 0000:00:0a.0" + tail, "cannot pass 0000:00:0a.1" + tail}},
            {"findings", {missing("0000:00:0a.0"), missing("0000:00:0a.1")}},
            {"chosen", nlohmann::json::array()}});
}

TEST_CASE("check names the VM and its devices also where this host has none of them") {
  const TemporaryTree tree;
  tree.write("vm.yaml",
             "name: a\nmemory: 1GiB\npci: [{address: '00:06.0', expect: '10de:2684'}]\n");
  const Run bad = run({"check", tree.path("vm.yaml"), "--root", igd_host(), "--json"});
  CHECK(bad.status == 4);
  const nlohmann::json document = nlohmann::json::parse(bad.out);
  CHECK(document.at("vm") == "a");
  CHECK(document.at("pci") == nlohmann::json{{{"address", "0000:00:06.0"}, {"id", "10de:2684"}}});
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\npci: [{select: {id: '10de:2684'}}]\n");
  const Run none = run({"check", tree.path("vm.yaml"), "--root", igd_host(), "--json"});
  CHECK(nlohmann::json::parse(none.out).at("pci") ==
        nlohmann::json{{{"address", nullptr}, {"id", "10de:2684"}}});
}

TEST_CASE("check tells each line of what is wrong with a VM file as a finding") {
  const TemporaryTree tree;
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\nvcpus: x\nbogus: 1\n");
  const Run bad = run({"check", tree.path("vm.yaml"), "--root", igd_host(), "--json"});
  CHECK(bad.status == 3);
  const nlohmann::json document = nlohmann::json::parse(bad.out);
  CHECK(document.at("vm") == nullptr);
  CHECK(document.at("pci") == nullptr);
  REQUIRE(document.at("findings").size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const nlohmann::json& finding = document.at("findings").at(i);
    CHECK(finding.at("code") == "vm_file_wrong");
    CHECK(finding.at("subject") == tree.path("vm.yaml"));
    CHECK(finding.at("reason") == document.at("problems").at(i));
  }
}

TEST_CASE("pci list prints a line a function, or JSON with what is integrated") {
  CHECK(run({"pci", "list", "--root", igd_host()}).out ==
        file(source_dir + "/tests/golden/host-igd.pci.txt"));
  const Run json = run({"pci", "list", "--json", "--root", igd_host()});
  CHECK(json.out == file(source_dir + "/tests/golden/host-igd.pci.json"));
  CHECK(nlohmann::json::parse(json.out).size() == 3);
  const TemporaryTree empty;
  CHECK(run({"pci", "list", "--root", empty.root().string()}).out.empty());
  CHECK(run({"pci", "list", "--json", "--root", empty.root().string()}).out == "[]\n");
}

TEST_CASE("a command line without end is refused at once") {
  CHECK(refusal({"pci", "list", "-" + std::string(100'000, 'q')}) ==
        "xenlaunch: error: cannot take '-" + std::string(39, 'q') +
            "...': no option is so long; see xenlaunch --help\n");
  CHECK(refusal(std::vector<std::string>(100'000, "-q")) ==
        "xenlaunch: error: cannot take 100000 words; see xenlaunch --help\n");
}

TEST_CASE("a message for people carries no control characters of others") {
  const TemporaryTree tree;
  const Run result = run({"run", "--dry-run", tree.path("a\033[2Jb")});
  CHECK(result.status == 3);
  CHECK(result.err == "xenlaunch: error: cannot read VM file " + tree.path("a\\x1b[2Jb") +
                          ": No such file or directory\n");
}

}  // namespace
}  // namespace xenlaunch::test
