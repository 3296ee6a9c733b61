#include "base/spawn.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <tuple>

#include "base/event_loop.h"
#include "base/pidfd.h"
#include "devicemodel/qemu_args.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/program.h"
#include "tests/integration/spawn_output.h"
#include "tests/unit/descriptors_below.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

TEST_CASE("a program has its arguments, its files, and the environment it is given") {
  const Output out;
  SpawnRequest request =
      out.request({"/bin/sh", "-c", "echo \"$1$2$NAME\"; exit 3", "sh", "a b", ""});
  request.environment = {{"NAME=,value"}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 3});
  CHECK(out.text() == "a b,value\n");
}

TEST_CASE("a program's files are closed to others where it is told, whatever our umask") {
  const Output out;
  SpawnRequest request = out.request({"/bin/sh", "-c", "umask"});
  const mode_t before = ::umask(0);
  out.run(request);
  request.makes_private_files = true;
  out.run(request);
  ::umask(before);
  CHECK(out.text() == "0000\n0077\n");
}

TEST_CASE("no signal is blocked or ignored in a program") {
  sigset_t some;
  sigset_t before;
  sigemptyset(&some);
  sigaddset(&some, SIGTERM);
  sigaddset(&some, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &some, &before);
  const auto pipe_before = std::signal(SIGPIPE, SIG_IGN);
  const auto hangup_before = std::signal(SIGHUP, SIG_IGN);
  const Output out;
  out.run(out.request({"/bin/cat", "/proc/self/status"}));
  const auto pipe_after = std::signal(SIGPIPE, pipe_before);
  std::signal(SIGHUP, hangup_before);
  sigset_t after;
  ::sigprocmask(SIG_SETMASK, &before, &after);
  const std::string none = ":\t0000000000000000\n";
  CHECK(out.text().find("\nSigBlk" + none + "SigIgn" + none + "SigCgt" + none) !=
        std::string::npos);
  // And ours are as they were.
  CHECK((pipe_after == SIG_IGN));
  CHECK(sigismember(&after, SIGTERM) == 1);
  CHECK(sigismember(&after, SIGINT) == 0);
}

TEST_CASE("a program has no descriptor but the given ones, and the shared ones where it is told") {
  const Output out;
  const FileDescriptor low{::open("/dev/null", O_RDONLY)};
  const FileDescriptor closed{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const FileDescriptor high{::fcntl(low.get(), F_DUPFD, 100)};
  SpawnRequest request = out.request({"/bin/sh", "-c", "cd /proc/$$/fd && echo *"});
  out.run(request);
  CHECK(out.text() == "0 1 2 3\n");  // 3 is the folder, which the shell lists
  request.argv = {"/bin/sh",
                  "-c",
                  "for fd; do [ -e /proc/$$/fd/$fd ] && echo yes || echo no; done",
                  "sh",
                  std::to_string(low.get()),
                  std::to_string(closed.get()),
                  std::to_string(high.get())};
  request.shares_files = true;
  out.run(request);
  CHECK(out.text() == "0 1 2 3\nyes\nno\nyes\n");
}

TEST_CASE("a program has descriptors of ours under the numbers that it is told") {
  Output out;
  out.tree.write("a", "a\n");
  out.tree.write("b", "b\n");
  const auto open = [&](const char* name) {
    return FileDescriptor{::open(out.tree.path(name).c_str(), O_RDONLY | O_CLOEXEC)};
  };
  const FileDescriptor a = open("a");
  const FileDescriptor b = open("b");
  // Each under the other's number, too: neither is closed by what takes its place.
  SpawnRequest request =
      out.request({"/bin/sh", "-c", "cat <&\"$1\"; cat <&\"$2\"; cd /proc/$$/fd && echo *", "sh",
                   std::to_string(a.get()), std::to_string(b.get())});
  request.given = {{.ours = b.get(), .number = a.get()}, {.ours = a.get(), .number = b.get()}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text().starts_with("b\na\n0 1 2 "));
  CHECK(::fcntl(a.get(), F_GETFD) == FD_CLOEXEC);

  // As QEMU has them: where nothing is open with us, and without what our caller has left open.
  const Output high;
  const FileDescriptor left{::fcntl(a.get(), F_DUPFD, 100)};
  request = high.request({"/bin/sh", "-c", "cd /proc/$$/fd && echo *"});
  request.given = {{.ours = a.get(), .number = 512}};
  CHECK(high.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(high.text() == "0 1 2 3 512\n");
  // The highest number of all: where we may have as many open as is usual.
  const Output highest;
  request = highest.request({"/bin/sh", "-c", "cd /proc/$$/fd && echo *"});
  request.given = {{.ours = a.get(), .number = handed_tap(max_nics - 1)}};
  {
    const DescriptorsBelow usual{1024};
    CHECK(highest.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  }
  CHECK(highest.text() == "0 1 2 3 775\n");
  request.given = {{.ours = a.get(), .number = 1 << 30}};
  CHECK(error_of([&] { highest.run(request); }) == "4: cannot run /bin/sh: Too many open files");
}

TEST_CASE("a program is alone in its process group, and in a session where it is told") {
  const Output out;
  SpawnRequest request = out.request({"/bin/sh", "-c", "cut -d' ' -f5,6 /proc/$$/stat"});
  const auto ids = [&] {
    const Child child = spawn(request, ExitCode::host);
    reap(child.pidfd);
    return std::to_string(child.pid);
  };
  const std::string group = ids();
  request.new_session = true;
  const std::string session = ids();
  CHECK(out.text() ==
        group + " " + std::to_string(::getsid(0)) + "\n" + session + " " + session + "\n");
}

TEST_CASE("a program that cannot be run is an error that names it, and leaves no process") {
  const Output out;
  const auto failure = [&](const std::string& program) {
    return error_of([&] { spawn(out.request({program}), ExitCode::device_model); });
  };
  out.tree.write("text", "no program\n");
  CHECK(failure("/nowhere/program") == "7: cannot run /nowhere/program: No such file or directory");
  CHECK(failure(out.tree.path("text")) ==
        "7: cannot run " + out.tree.path("text") + ": Permission denied");
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

int exit_counter = -1;

TEST_CASE("a missing program runs no exit handler of ours and writes nothing that we hold") {
  const Output out;
  exit_counter = out.file.get();
  std::fflush(nullptr);  // or the child would print what waits in our buffers
  const pid_t child = ::fork();
  if (child == 0) {
    std::atexit([] { std::ignore = ::write(exit_counter, "handler\n", 8); });
    std::FILE* stream = ::fdopen(::dup(exit_counter), "w");
    std::fputs("buffer\n", stream);
    const bool failed =
        !error_of([&] { spawn(out.request({"/nowhere/program"}), ExitCode::host); }).empty();
    std::exit(failed ? 0 : 1);
  }
  CHECK(reap(open_pidfd(child)) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() == "handler\nbuffer\n");
}

TEST_CASE("the event loop hears signals, descriptors and deadlines after programs were started") {
  const Output out;
  EventLoop events;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const FileDescriptor reader{ends[0]};
  const FileDescriptor writer{ends[1]};
  events.watch_store(reader.get());
  const auto soon = [] { return std::chrono::steady_clock::now() + std::chrono::milliseconds{1}; };
  CHECK(events.wait(soon()) == Event::none);
  for (int i = 0; i < 3; ++i) {
    out.run(out.request({"/bin/true"}));
    CHECK_FALSE(error_of([&] { spawn(out.request({"/nowhere/x"}), ExitCode::host); }).empty());
  }
  CHECK(events.wait(soon()) == Event::none);
  REQUIRE(::write(writer.get(), "x", 1) == 1);
  CHECK(events.wait(std::nullopt) == Event::store_changed);
  char byte{};
  REQUIRE(::read(reader.get(), &byte, 1) == 1);
  while (events.wait(soon()) != Event::none) {
  }
  ::raise(SIGTERM);
  CHECK(events.wait(std::nullopt) == Event::stop_requested);
}

TEST_CASE("a program that does not end in time is killed with all that it has started") {
  const TemporaryTree tree;
  // The first waits for its own child, the second has closed what it inherited.
  for (const std::string script : {"sleep 1000 & echo $! >\"$1\"; echo begun; wait",
                                   "exec >/dev/null 2>&1; echo $$ >\"$1\"; sleep 1000; :",
                                   "echo $$ >\"$1\"; while :; do echo again; done"}) {
    CAPTURE(script);
    const ProgramResult result =
        HostPrograms{}.run({"sh", "-c", script, "sh", tree.path("pid")}, std::chrono::seconds{1});
    CHECK(result.end == ProgramEnd::timed_out);
    CHECK(result.status == SIGKILL);
    CHECK_FALSE(result.succeeded());
    const FileDescriptor left = open_pidfd(std::stoi(tree.read("pid")));
    CHECK((left.get() < 0 || ends_within(left, std::chrono::seconds{10})));
  }
}

TEST_CASE("a program that is to die with us does, however we end") {
  const Output output;
  SpawnRequest request = output.request({"/bin/sleep", "60"});
  request.dies_with_us = true;
  const pid_t other = ::fork();
  REQUIRE(other >= 0);
  if (other == 0) {
    const Child child = spawn(request, ExitCode::host);
    std::ignore = ::write(output.file.get(), &child.pid, sizeof child.pid);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(other, nullptr, 0);
  pid_t sleeping = 0;
  REQUIRE(::pread(output.file.get(), &sleeping, sizeof sleeping, 0) == sizeof sleeping);
  const FileDescriptor held = open_pidfd(sleeping);
  CHECK((held.get() < 0 || ends_within(held, std::chrono::seconds{20})));
}

}  // namespace
}  // namespace xenlaunch::test
