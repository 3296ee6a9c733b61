// What is started beside QEMU.
#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>

#include "base/file_descriptor.h"
#include "tests/integration/shell.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("what is started beside QEMU is connected with it, and ends with it") {
  Shell shell;
  shell.process->spawn(
      {.argv = {"/bin/sh", "-c", "echo asked >&9; exec sleep 60"},
       .log = shell.log,
       .companions = {{.what = "cat", .argv = {"/bin/cat"}, .ends_last = true, .number = 9}}});
  shell.await_log("asked\n");
  CHECK(shell.tree.read("logs/vm.log") == "asked\n");
  shell.process->kill({});
  CHECK(shell.process->messages().empty());
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // no child is left, nor what is left of one
}

TEST_CASE("the end of what is beside QEMU before QEMU's own is told") {
  Shell shell;
  shell.process->spawn(
      {.argv = {"/bin/sleep", "60"},
       .log = shell.log,
       .companions = {{.what = "false", .argv = {"/bin/true"}, .ends_last = true, .number = 9},
                      {.what = "the broker", .argv = {"/bin/false"}, .number = 10}}});
  CHECK(shell.events.wait(std::chrono::steady_clock::now() + std::chrono::seconds{20}) ==
        Event::device_model_spoke);
  CHECK(shell.process->messages() ==
        std::vector<std::string>{
            "the broker exited with status 1; restart the VM, or its devices may fail"});
  CHECK(shell.process->companion_ended() == "the broker exited with status 1");
  shell.process->kill({});
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("QEMU counts as ended with what the guest cannot do without") {
  Shell shell;
  shell.process->spawn(
      {.argv = {"/bin/sleep", "60"},
       .log = shell.log,
       .companions = {{.what = "the server", .is_vital = true, .argv = {"/bin/true"}}}});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  CHECK(shell.events.wait(deadline) == Event::device_model_ended);
  CHECK(shell.process->ended() == ProcessEnd{.is_known = false});
  CHECK(shell.process->loss() == "the server exited with status 0");
  CHECK(shell.process->messages() ==
        std::vector<std::string>{"the server exited with status 0; the guest is ended, too, as it "
                                 "cannot do without it"});
  shell.process->kill({});
  CHECK(shell.process->ended() == ProcessEnd{.by_signal = true, .number = SIGTERM});
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a companion that cannot be run leaves no socket, and no QEMU") {
  Shell shell;
  const std::string hold = shell.tree.path("hold");
  CHECK(error_of([&] {
          shell.process->spawn(
              {.argv = {"/bin/sleep", "60"},
               .log = shell.log,
               .companions = {{.what = "the server", .argv = {"/nonexistent"}, .socket = hold}}});
        }) == "7: cannot run /nonexistent: No such file or directory");
  CHECK_FALSE(std::filesystem::exists(hold));
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("what is beside QEMU and held has files of its own, and finishes what it does") {
  Shell shell;
  const std::string hold = shell.tree.path("hold");
  shell.tree.write("image", "image");
  shell.tree.write("server",
                   "#!/bin/sh\n"
                   "trap 'kill $!; echo finished; exit' TERM\n"
                   "cat <&9; echo\n"
                   "sleep 600 & wait\n");
  ::chmod(shell.tree.path("server").c_str(), 0700);
  const FileDescriptor image{::open(shell.tree.path("image").c_str(), O_RDONLY | O_CLOEXEC)};
  shell.process->spawn({.argv = {"/bin/sleep", "60"},
                        .log = shell.log,
                        .companions = {{.what = "the server",
                                        .argv = {shell.tree.path("server")},
                                        .socket = hold,
                                        .given = {{.ours = image.get(), .number = 9}}}}});
  CHECK(std::filesystem::is_socket(hold));
  shell.process->let_go(hold);
  shell.await_log("image\n");
  shell.process->kill({});
  CHECK(shell.tree.read("logs/vm.log") == "image\nfinished\n");
  CHECK_FALSE(std::filesystem::exists(hold));
  CHECK(shell.process->messages().empty());
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("what others need for their end ends after them") {
  Shell shell;
  const std::string socket = shell.tree.path("socket");
  const auto ending = [](const std::string& word) {
    return std::vector<std::string>{
        "/bin/sh", "-c",
        "trap 'kill $!; echo " + word + "; exit' TERM; sleep 600 & echo ready; wait"};
  };
  shell.process->spawn({.argv = ending("QEMU"),
                        .log = shell.log,
                        .companions = {{.what = "the filter",
                                        .argv = ending("filter"),
                                        .ends_last = true,
                                        .socket = socket,
                                        .socket_group = ::getgid()},
                                       {.what = "the server", .argv = ending("server")}}});
  shell.await_log("ready\nready\nready\n");
  struct stat status {};
  CHECK(::stat(socket.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0660);
  shell.process->kill({});
  CHECK(shell.tree.read("logs/vm.log").ends_with("filter\n"));
  CHECK_FALSE(std::filesystem::exists(socket));
  CHECK(shell.process->messages().empty());
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("what is beside a QEMU that cannot be run is ended") {
  Shell shell;
  shell.tree.write("text", "hello\n");
  ::chmod(shell.tree.path("text").c_str(), 0700);
  CHECK(error_of([&] {
          shell.process->spawn(
              {.argv = {shell.tree.path("text")},
               .log = shell.log,
               .companions = {
                   {.what = "cat", .argv = {"/bin/cat"}, .ends_last = true, .number = 9}}});
        }) == "7: cannot run " + shell.tree.path("text") + ": Exec format error");
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

}  // namespace
}  // namespace xenlaunch::test
