#include "tests/unit/cli/vm_host.h"

namespace xenlaunch::test {
namespace {

Run refused(const std::string& reason) {
  return {4, "", "xenlaunch: error: cannot open the console of win10: " + reason + "\n"};
}

TEST_CASE("console says why a VM has no terminal to open") {
  VmHost vm;
  vm.add_win10();
  CHECK(vm.run({"console", "win10"}) == refused("it has no terminal"));
  // A guest that could write the node must not choose what is opened.
  vm.store.nodes["/local/domain/7/serial/0/tty"] = "/dev/pts/../sda";
  CHECK(vm.run({"console", "win10"}) == refused("it has no terminal"));
  vm.tree.write("run/win10/vm.yaml", "name: win10\nmemory: 2GiB\nserial: none\n");
  CHECK(vm.run({"console", "win10"}) == refused("it has no terminal; is xenconsoled running?"));
  vm.tree.write("run/win10/vm.yaml", "name: win10\nmemory: 2GiB\nserial: file:/tmp/serial.log\n");
  CHECK(vm.run({"console", "win10"}) ==
        refused("its serial port goes to /tmp/serial.log, as its VM file says"));
  vm.write_journal(VmState::restarting, std::nullopt);
  const LauncherDouble launcher{vm};
  CHECK(vm.run({"console", "win10"}) == refused("it is restarting"));
}

TEST_CASE("console names the terminal that it cannot open") {
  VmHost vm;
  vm.add_win10();
  vm.store.nodes["/local/domain/7/serial/0/tty"] = "/dev/pts/999999999";
  CHECK(
      vm.run({"console", "win10"}) ==
      Run{4, "", "xenlaunch: error: cannot open /dev/pts/999999999: No such file or directory\n"});
}

TEST_CASE("logs prints the old part and the new one, whole or its last lines") {
  const VmHost vm;
  vm.tree.write("log/win10.log.1", "one\r\ntwo\n");
  vm.tree.write("log/win10.log", "three \x1b[2J\nfour");
  CHECK(vm.run({"logs", "win10"}) == Run{0, "one\ntwo\nthree \\x1b[2J\nfour\n", ""});
  CHECK(vm.run({"logs", "win10", "-n", "3"}) == Run{0, "two\nthree \\x1b[2J\nfour\n", ""});
  CHECK(vm.run({"logs", "win10", "-n", "4"}) == vm.run({"logs", "win10"}));
  CHECK(vm.run({"logs", "win10", "-n", "1"}) == Run{0, "four\n", ""});
  CHECK(vm.run({"logs", "win10", "--lines=9"}) == vm.run({"logs", "win10"}));
}

TEST_CASE("logs refuses a VM that was never started here") {
  const VmHost vm;
  CHECK(vm.run({"logs", "nobody"}) ==
        Run{4, "",
            "xenlaunch: error: cannot show the log of nobody: there is no " +
                vm.tree.path("log/nobody") + ".log; no VM of that name was started here\n"});
}

}  // namespace
}  // namespace xenlaunch::test
