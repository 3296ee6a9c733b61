#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <tuple>

#include "base/file_descriptor.h"
#include "devicemodel/device_model.h"
#include "tests/integration/shell.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("both outputs go to the log, whose directory is made, and are its last words") {
  Shell shell;
  CHECK(shell.run("echo out; echo err >&2") == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(shell.tree.read("logs/vm.log") == "out\nerr\n");
  CHECK(shell.process->last_words() == "out; err");
}

TEST_CASE("each run is appended to the log, and only its own lines are its last words") {
  Shell shell;
  for (const char* script : {"echo 1", "echo 2", "echo 3"}) {
    shell.run(script);
    CHECK(shell.process->last_words() == std::string{script}.substr(5));
    shell.process->kill({});
  }
  CHECK(shell.tree.read("logs/vm.log") == "1\n2\n3\n");
}

TEST_CASE("a log that is a link to elsewhere is not written through") {
  Shell shell;
  shell.tree.write("precious", "x");
  shell.tree.link("logs/vm.log", shell.tree.path("precious"));
  CHECK(error_of([&] { shell.start("echo hello"); }) ==
        "7: cannot open the log " + shell.log + ": Too many levels of symbolic links");
  CHECK(shell.tree.read("precious") == "x");
}

TEST_CASE("an exit status is told from a signal of the same number") {
  const ProcessEnd status{.by_signal = false, .number = 9};
  const ProcessEnd signal{.by_signal = true, .number = 9};
  CHECK(Shell{}.run("exit 9") == status);
  CHECK(Shell{}.run("kill -9 $$") == signal);
  CHECK(status.to_string() == "exited with status 9");
  CHECK(signal.to_string() == "was killed by signal 9 (Killed)");
}

TEST_CASE("the end is reported once and remembered") {
  Shell shell;
  const auto end = shell.run("exit 3");
  CHECK(shell.events.wait(std::chrono::steady_clock::now()) == Event::none);
  CHECK(shell.process->ended() == end);
}

TEST_CASE("the process has a session of its own, no input and none of our files") {
  Shell shell;
  const FileDescriptor inheritable{::open("/dev/null", O_RDONLY)};
  const pid_t pid = shell.start(
      "cut -d' ' -f6 /proc/$$/stat; read line || echo no input; cd /proc/$$/fd && echo *");
  CHECK(shell.events.wait(std::nullopt) == Event::device_model_ended);
  // 3 is the directory that the shell lists.
  CHECK(shell.tree.read("logs/vm.log") == std::to_string(pid) + "\nno input\n0 1 2 3\n");
}

TEST_CASE("a process that is held has the socket that lets it go as its input") {
  Shell shell;
  const std::string hold = shell.tree.path("hold");
  shell.tree.write("hold", "left by another");
  // Not until somebody connects does accept() return; python, as a shell has none.
  shell.tree.write(
      "qemu",
      "#!/usr/bin/python3\n"
      "import socket, sys\n"
      "hold = socket.socket(fileno=0)\n"
      "print(sys.argv[1:], hold.getsockname() == sys.argv[2], hold.accept()[0].recv(1))\n");
  ::chmod(shell.tree.path("qemu").c_str(), 0700);
  shell.process->spawn(
      {.argv = {shell.tree.path("qemu"), "-name", hold}, .log = shell.log, .hold = hold});
  struct stat status {};
  REQUIRE(::stat(hold.c_str(), &status) == 0);
  CHECK(status.st_mode == (S_IFSOCK | 0600));
  CHECK(shell.process->ended() == std::nullopt);
  shell.process->let_go(hold);
  CHECK(shell.events.wait(std::nullopt) == Event::device_model_ended);
  CHECK(shell.tree.read("logs/vm.log") ==
        "['-name', '" + hold +
            "', '-chardev', 'socket,id=xenlaunch-hold,fd=0,server=on,wait=on'] True b''\n");
  shell.process->let_go(hold);  // it has ended: how is told elsewhere
  shell.process->kill({.files = {hold}});
  CHECK_FALSE(std::filesystem::exists(hold));
}

TEST_CASE("what cannot be held is not left behind") {
  Shell shell;
  const std::string hold = shell.tree.path("hold");
  shell.tree.write("text", "hello\n");
  ::chmod(shell.tree.path("text").c_str(), 0700);
  CHECK(error_of([&] {
          shell.process->spawn({.argv = {shell.tree.path("text")}, .log = shell.log, .hold = hold});
        }) == "7: cannot run " + shell.tree.path("text") + ": Exec format error");
  CHECK_FALSE(std::filesystem::exists(hold));
  CHECK(error_of([&] { shell.process->let_go(hold); }) ==
        "7: cannot let QEMU go on over " + hold + ": No such file or directory");
  const std::string long_path = "/" + std::string(200, 'x');
  CHECK(error_of([&] {
          shell.process->spawn({.argv = {"/bin/true"}, .log = shell.log, .hold = long_path});
        }) == "7: cannot make QEMU's socket " + long_path + ": File name too long");
}

TEST_CASE("kill ends a process that ignores SIGTERM, and takes its sockets away") {
  Shell shell;
  shell.tree.write("qmp", "");
  const pid_t pid = shell.start("trap '' TERM; exec sleep 600");
  CHECK(shell.process->ended() == std::nullopt);
  ::kill(pid, SIGTERM);
  shell.process->kill({.files = {shell.tree.path("qmp"), shell.tree.path("never made")}});
  CHECK(::kill(pid, 0) == -1);
  CHECK(shell.process->ended().value().by_signal);
  CHECK_FALSE(std::filesystem::exists(shell.tree.path("qmp")));
}

TEST_CASE("kill is fine for a process that has ended, and for none") {
  Shell shell;
  shell.process->kill({});
  shell.run("exit 1");
  shell.process->kill({});
  shell.process->kill({});
  CHECK(shell.process->ended() == ProcessEnd{.by_signal = false, .number = 1});
}

TEST_CASE("no process outlives its owner") {
  pid_t pid = 0;
  {
    Shell shell;
    pid = shell.start("exec sleep 600");
    CHECK(::kill(pid, 0) == 0);
  }
  CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("a program that cannot be run is named with the reason, and the log stays") {
  Shell shell;
  shell.run("echo before");
  shell.process->kill({});
  CHECK(error_of([&] { shell.process->spawn({.argv = {"/nonexistent"}, .log = shell.log}); }) ==
        "7: cannot run /nonexistent: No such file or directory");
  CHECK(shell.failure("no-x", "#!/bin/sh\n", 0600) ==
        "7: cannot run " + shell.tree.path("no-x") + ": Permission denied");
  CHECK(shell.tree.read("logs/vm.log") == "before\n");
  CHECK(shell.failure("text", "hello\n", 0700) ==
        "7: cannot run " + shell.tree.path("text") + ": Exec format error");
  CHECK(shell.failure("no-interpreter", "#!/nonexistent\n", 0700) ==
        "7: cannot run " + shell.tree.path("no-interpreter") + ": No such file or directory");
  CHECK(error_of([&] { shell.process->spawn({.argv = {shell.tree.root()}, .log = shell.log}); }) ==
        "7: cannot run " + shell.tree.root().string() + ": Permission denied");
}

TEST_CASE("after a program that cannot be run another one can") {
  Shell shell;
  shell.failure("text", "hello\n", 0700);
  CHECK(shell.run("echo fine") == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(shell.process->last_words() == "fine");
}

int exit_counter = -1;

TEST_CASE("a program that cannot be run does not run our exit handlers") {
  Shell shell;
  const std::string counter = shell.tree.path("counter");
  exit_counter = ::open(counter.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::fflush(nullptr);  // or the child would print what waits in our buffers again
  const pid_t child = ::fork();
  if (child == 0) {
    std::atexit([] { std::ignore = ::write(exit_counter, "x", 1); });
    {
      Shell inner;
      if (inner.failure("text", "hello\n", 0700).empty()) ::_exit(1);
    }
    std::exit(0);
  }
  int status = -1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  ::close(exit_counter);
  CHECK(shell.tree.read("counter") == "x");
}

}  // namespace
}  // namespace xenlaunch::test
