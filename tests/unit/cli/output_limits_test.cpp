// Standard output that takes nothing, or takes what it should not.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>

#include "base/standard_files.h"
#include "base/text.h"
#include "launcher/cli/printable_output.h"
#include "tests/fixtures/machine.h"
#include "tests/fixtures/source_folder.h"
#include "tests/unit/cli/vm_host.h"

namespace xenlaunch::test {
namespace {

using Commands = std::vector<std::vector<std::string>>;

const std::string example = testing::source_folder() / "configs/igd.yaml";

/// What prints something, with and without a VM.
Commands printing_commands() {
  const std::string root = testing::machine("host-igd");
  Commands all{{"--help"},
               {"--version"},
               {"run", "--help"},
               {"list"},
               {"list", "--json"},
               {"status", "win10"},
               {"status", "win10", "--json"},
               {"logs", "win10"},
               {"recover", "--json"},
               {"stop", "win10", "--json"}};
  for (const char* command : {"pci list", "gpu list", "host doctor", "host display"})
    for (const bool json : {false, true}) {
      std::istringstream words{command};
      std::vector<std::string> args{std::istream_iterator<std::string>{words}, {}};
      args.insert(args.end(), {"--root", root});
      if (json) args.emplace_back("--json");
      all.push_back(args);
    }
  all.push_back({"check", example, "--root", root, "--json"});
  for (const char* format : {"argv", "plan", "json"})
    all.push_back({"run", example, "--root", root, "--dry-run", "--format", format});
  return all;
}

TEST_CASE("output that nobody takes ends every command with 4 and the reason") {
  for (const std::vector<std::string>& args : printing_commands()) {
    std::string line;
    for (const std::string& word : args) line += word + " ";
    CAPTURE(line);
    VmHost vm;
    vm.add_win10(VmState::paused);
    vm.tree.write("log/win10.log", "something\n");
    const LauncherDouble launcher{vm};
    std::ofstream full{"/dev/full"};
    std::ostringstream err;
    CHECK(run_program(args, vm.host, full, err) == 4);
    CHECK(err.str().ends_with(
        "xenlaunch: error: cannot write to the standard output: No space left on device\n"));
  }
}

TEST_CASE("output that nobody takes does not keep a VM from being ended") {
  VmHost vm;
  vm.add_win10();
  std::ofstream full{"/dev/full"};
  std::ostringstream err;
  CHECK(run_program({"destroy", "win10", "--json"}, vm.host, full, err) == 4);
  CHECK(vm.journal.lines == std::vector<std::string>{"destroy 7", "remove /xenlaunch/driver"});
  CHECK_FALSE(vm.folder("win10").exists());
}

TEST_CASE("what is printed is printable, whoever it is from and in whichever pieces it comes") {
  const std::string text =
      "Gr\xc3\xbc\xc3\x9f"
      "e\n\x1b[2J\xc2\x9b\xe2\x80\xae\ttail";
  const std::string shown =
      "Gr\xc3\xbc\xc3\x9f"
      "e\n\\x1b[2J\\x9b\\u202e\\ttail";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    std::ostringstream all;
    PrintableOutput printable{all};
    std::ostream out{&printable};
    for (std::size_t at = 0; at < text.size(); at += size) out << text.substr(at, size);
    out.flush();
    CHECK(all.str() == shown);
  }
}

TEST_CASE("names of files and drivers do not reach the terminal as they are") {
  const testing::TemporaryTree tree;
  const std::string device = "sys/bus/pci/devices/0000:01:00.0/";
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"vendor", "0x10de\n"}, {"device", "0x1b80\n"}, {"class", "0x030000\n"}, {"irq", "0\n"}})
    tree.write(device + name, value);
  const std::string nothing = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
  std::string resource;
  for (int i = 0; i < 7; ++i) resource += nothing;
  tree.write(device + "resource", resource);
  tree.link(device + "driver", "../../drivers/e\x1b[31m\xc2\x9b\xe2\x80\xaevil");
  for (const bool json : {false, true}) {
    std::vector<std::string> args{"pci", "list", "--root", tree.root().string()};
    if (json) args.emplace_back("--json");
    const Run run = run_on(unreachable_host, args);
    CAPTURE(run.out);
    CHECK(run.status == 0);
    std::istringstream lines{run.out};
    for (std::string line; std::getline(lines, line);) CHECK(is_printable(line));
    CHECK(run.out.find(json ? "e\\u001b[31m\\u009b\\u202evil" : "e\\x1b[31m\\x9b\\u202evil") !=
          std::string::npos);
  }
}

/// The exit status of `work` in a process of its own; the signal's number, negative, that ended it.
int status_in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    ::_exit(work());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_CASE("missing standard descriptors are opened, and to an output nothing can be written") {
  for (int closed = 0; closed < 8; ++closed) {
    CAPTURE(closed);
    CHECK(status_in_child([closed] {
            for (int fd = 0; fd < 3; ++fd)
              if ((closed >> fd & 1) != 0) ::close(fd);
            open_missing_standard_files();
            const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
            if (next < 3) return 100 + next;
            char byte = 0;
            const bool has_input = (closed & 1) != 0 && ::read(0, &byte, 1) != 0;
            const bool takes_output = (closed & 2) != 0 && ::write(1, &byte, 1) >= 0;
            return (has_input ? 1 : 0) + (takes_output ? 2 : 0);
          }) == 0);
  }
}

TEST_CASE("a limit on the size of files is an error of who writes, and is given back") {
  const int status = status_in_child([] {
    std::signal(SIGXFSZ, SIG_IGN);  // as main() has it
    VmHost vm;
    vm.add_win10();
    const rlimit small{10, 10};
    ::setrlimit(RLIMIT_FSIZE, &small);
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_program({"destroy", "win10"}, vm.host, out, err);
    return err.str().find("File too large") == std::string::npos ? 99 : code;
  });
  CHECK(status == 4);
}

}  // namespace
}  // namespace xenlaunch::test
