#include "launcher/host/nic_script.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>

#include "base/error.h"
#include "launcher/host/nic_host.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Words = std::vector<std::string>;

TEST_CASE("the script of an emulated card is called as libxl calls it") {
  const ScriptedNic nic{.index = 1, .script = "/etc/xen/scripts/vif-bridge", .is_emulated = true};
  const Words environment{"script=/etc/xen/scripts/vif-bridge",
                          "XENBUS_TYPE=vif",
                          "XENBUS_PATH=backend/vif/7/1",
                          "XENBUS_BASE_PATH=backend",
                          "netdev=",
                          "INTERFACE=vif7.1-emu",
                          "vif=vif7.1"};
  const auto words_of = [&](NicAction action) {
    const ScriptCall call = script_call(nic, "7", action);
    CHECK((call.environment == environment));
    CHECK(call.argv.front() == nic.script);
    return Words{call.argv.begin() + 1, call.argv.end()};
  };
  CHECK((words_of(NicAction::connect_vif) == Words{"online", "type_if=vif"}));
  CHECK((words_of(NicAction::connect_tap) == Words{"add", "type_if=tap"}));
  CHECK((words_of(NicAction::disconnect_tap) == Words{"remove", "type_if=tap"}));
  CHECK((words_of(NicAction::disconnect_vif) == Words{"offline", "type_if=vif"}));
}

TEST_CASE("the script of a card without emulation knows of no tap device") {
  CHECK((script_call({.index = 0, .script = "/s", .is_emulated = false}, "12",
                     NicAction::connect_vif) ==
         ScriptCall{.argv = {"/s", "online", "type_if=vif"},
                    .environment = {"script=/s", "XENBUS_TYPE=vif", "XENBUS_PATH=backend/vif/12/0",
                                    "XENBUS_BASE_PATH=backend", "netdev=", "vif=vif12.0"}}));
}

struct Scripts {
  TemporaryTree tree;
  std::unique_ptr<NicHost> host = make_nic_host(tree.root());

  std::unique_ptr<RunningScript> start(const std::string& text,
                                       const Words& environment = {}) const {
    tree.write("script", "#!/bin/sh\n" + text);
    ::chmod(tree.path("script").c_str(), 0755);
    return host->start(
        {.argv = {tree.path("script"), "online", "a b"}, .environment = environment});
  }
};

TEST_CASE_FIXTURE(Scripts, "a tap device that cannot be made is told by its name") {
  CHECK(error_of([&] { host->make_tap("vif7.0-emu"); }) ==
        "4: cannot make network interface vif7.0-emu with " + tree.path("dev/net/tun") +
            ": No such file or directory");
  tree.write("dev/net/tun", "");
  CHECK(error_of([&] { host->make_tap("vif7.0-emu"); }) ==
        "4: cannot make network interface vif7.0-emu: Inappropriate ioctl for device");
}

TEST_CASE("a script gets its words, its environment and a PATH, and nothing of ours") {
  const Scripts scripts;
  ::setenv("XENLAUNCH_SECRET", "1", 1);
  const ProgramResult result =
      scripts.start("echo \"$1,$2,$vif,$XENLAUNCH_SECRET,$LC_ALL\" >&2; cat; exit 3", {"vif=v1"})
          ->finish();
  ::unsetenv("XENLAUNCH_SECRET");
  CHECK(result == ProgramResult{3, "", "online,a b,v1,,C\n"});
  CHECK(scripts.start("kill -9 $$")->finish() ==
        ProgramResult{SIGKILL, "", "", ProgramEnd::signalled});
}

TEST_CASE("what a script leaves running is not waited for, and much that it says does not block") {
  const Scripts scripts;
  CHECK(scripts.start("sleep 60 & echo $! > " + scripts.tree.path("pid"))->finish() ==
        ProgramResult{0, "", ""});
  ::kill(std::stoi(scripts.tree.read("pid")), SIGKILL);
  const ProgramResult much =
      scripts.start("head -c 300000 /dev/zero | tr '\\0' x >&2; echo last >&2")->finish();
  CHECK(much.errors.size() == 16384);
  CHECK(much.errors.ends_with("xlast\n"));
}

TEST_CASE("a script that nobody waits for any more is killed") {
  const Scripts scripts;
  const std::string fifo = scripts.tree.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  std::unique_ptr<RunningScript> running = scripts.start("echo $$ > " + fifo + "; sleep 60");
  const pid_t pid = std::stoi(scripts.tree.read("fifo"));
  CHECK(::kill(pid, 0) == 0);
  running.reset();
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a script that is not there is named") {
  const Scripts scripts;
  CHECK_THROWS_WITH_AS(scripts.host->start({.argv = {"/nowhere/s"}, .environment = {}}),
                       "cannot run /nowhere/s: No such file or directory", Error);
}

TEST_CASE("a backend is gone when sysfs has none") {
  const Scripts scripts;
  scripts.tree.write("sys/bus/xen-backend/devices/vif-7-1/nodename", "backend/vif/7/1\n");
  scripts.host->await_backend_gone(7, 0);
  scripts.host->await_backend_gone(71, 1);
  CHECK(scripts.tree.read("sys/bus/xen-backend/devices/vif-7-1/nodename") == "backend/vif/7/1\n");
}

}  // namespace
}  // namespace xenlaunch::test
