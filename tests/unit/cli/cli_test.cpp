#include <nlohmann/json.hpp>

#include "tests/unit/cli/igd_host.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

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
