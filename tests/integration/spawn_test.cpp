#include "base/spawn.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <tuple>

#include "base/event_loop.h"
#include "base/pidfd.h"
#include "base/sealed_memory.h"
#include "devicemodel/system_call_filter.h"
#include "launcher/host/program.h"
#include "launcher/run/qemu_confinement.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

/// What starts have to do with: a place for their output.
struct Output {
  TemporaryTree tree;
  std::string path = tree.path("output");
  FileDescriptor file{::open(path.c_str(), O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600)};
  FileDescriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};

  SpawnRequest request(std::vector<std::string> argv) const {
    return {.argv = std::move(argv),
            .input = nothing.get(),
            .output = file.get(),
            .errors = file.get()};
  }
  ProcessEnd run(const SpawnRequest& request) const {
    return reap(spawn(request, ExitCode::host).pidfd);
  }
  std::string text() const { return tree.read("output"); }
};

TEST_CASE("a program has its arguments, its files, and the environment it is given") {
  const Output out;
  SpawnRequest request =
      out.request({"/bin/sh", "-c", "echo \"$1$2$NAME\"; exit 3", "sh", "a b", ""});
  request.environment = {{"NAME=,value"}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 3});
  CHECK(out.text() == "a b,value\n");
}

TEST_CASE("a program sees one file in the place of another, and nobody else does") {
  Output out;
  out.tree.write("shown", "a view\n");
  out.tree.write("hidden", "the file\n");
  SpawnRequest request = out.request({"/bin/cat", out.tree.path("hidden")});
  request.views = {{.shown = out.tree.path("shown"), .in_place_of = out.tree.path("hidden")}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() == "a view\n");
  CHECK(out.tree.read("hidden") == "the file\n");
}

TEST_CASE("a program sees a folder with a descriptor of its own in it, and nobody else does") {
  Output out;
  out.tree.write("folder/a", "a\n");
  out.tree.write("folder/b", "b\n");
  out.tree.write("folder/rom", "the folder's\n");
  std::filesystem::create_directory(out.tree.root() / "scratch");
  const FileDescriptor rom = sealed_memory("rom", "its own\n");
  const std::string folder = out.tree.path("folder");
  SpawnRequest request =
      out.request({"/bin/sh", "-c",
                   "ls \"$1\"; cat \"$1\"/*; { echo x >\"$1/rom\"; } 2>/dev/null; echo x >\"$1/a\"",
                   "sh", folder});
  const std::filesystem::path scratch = out.tree.path("scratch");
  request.kept = {rom.get()};
  request.folder_views = {
      {.in_place_of = folder,
       .scratch = scratch,
       .files = {{.shown = folder + "/a", .in_place_of = scratch / "a"}},
       .links = {{"/proc/self/fd/" + std::to_string(rom.get()), scratch / "rom"}}}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() == "a\nrom\na\nits own\n");
  CHECK(out.tree.snapshot() == std::map<std::string, std::string>{{"folder/a", "x\n"},
                                                                  {"folder/b", "b\n"},
                                                                  {"folder/rom", "the folder's\n"},
                                                                  {"output", out.text()}});
  std::array<char, 16> content{};
  CHECK(::pread(rom.get(), content.data(), content.size(), 0) == 8);
  CHECK(std::string{content.data()} == "its own\n");
}

TEST_CASE("a confined program writes to what is its own, and has no way out of that") {
  REQUIRE(can_confine());
  Output out;
  out.tree.write("own", "");
  out.tree.write("host", "the host's\n");
  // Where it is below /tmp that is open to QEMU, but not here.
  const Confinement confinement{.bound = {out.tree.path("own")},
                                .writable = {out.tree.path("own")},
                                .system_calls = system_call_filter()};
  SpawnRequest request = out.request(
      {"/bin/sh", "-c",
       "ulimit -c; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; echo mine >\"$1\"; "
       "for change in 'echo x >\"$2\"' 'mount -o remount,rw /' 'unshare -m true' 'umount /proc'; "
       "do "
       "(eval \"$change\") 2>/dev/null && echo \"did $change\"; done; true",
       "sh", out.tree.path("own"), out.tree.path("host")});
  request.confinement = &confinement;
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() == "0\nNoNewPrivs:\t1\nSeccomp:\t2\n");
  CHECK(out.tree.read("own") == "mine\n");
  CHECK(out.tree.read("host") == "the host's\n");
}

TEST_CASE("a confined program has IPC and a network of its own, its limits, and no folder") {
  const Output out;
  Confinement confinement{.namespaces = own_namespaces(/*needs_network=*/false), .open_files = 77};
  SpawnRequest request =
      out.request({"/bin/sh", "-c",
                   "pwd; ulimit -n; ulimit -Hn; readlink /proc/self/ns/ipc /proc/self/ns/net"});
  request.confinement = &confinement;
  const auto link = [](const char* kind) {
    return std::filesystem::read_symlink(std::filesystem::path{"/proc/self/ns"} / kind).string();
  };
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text().starts_with("/\n77\n77\nipc:["));
  CHECK(out.text().find(link("ipc")) == std::string::npos);
  CHECK(out.text().find(link("net")) == std::string::npos);

  // Where it needs the network, and asks for more files than we may have.
  const Output shared;
  rlimit ours{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &ours) == 0);
  confinement = {.namespaces = own_namespaces(/*needs_network=*/true),
                 .open_files = std::numeric_limits<unsigned>::max()};
  request = shared.request({"/bin/sh", "-c", "ulimit -Hn; readlink /proc/self/ns/net"});
  request.confinement = &confinement;
  CHECK(shared.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(shared.text().ends_with("\n" + link("net") + "\n"));
  if (ours.rlim_max < std::numeric_limits<unsigned>::max())
    CHECK(shared.text().starts_with(std::to_string(ours.rlim_max) + "\n"));
}

TEST_CASE("a confined program writes to what its views show") {
  Output out;
  out.tree.write("folder/config", "");
  std::filesystem::create_directory(out.tree.root() / "scratch");
  const std::string folder = out.tree.path("folder");
  const std::filesystem::path scratch = out.tree.path("scratch");
  const Confinement confinement{.bound = {out.tree.root()}, .writable = {out.tree.root()}};
  SpawnRequest request =
      out.request({"/bin/sh", "-c", "echo mine >\"$1\"", "sh", folder + "/config"});
  request.confinement = &confinement;
  request.folder_views = {
      {.in_place_of = folder,
       .scratch = scratch,
       .files = {{.shown = folder + "/config", .in_place_of = scratch / "config"}},
       .links = {}}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.tree.read("folder/config") == "mine\n");
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

TEST_CASE("a program whose view cannot be made is not started") {
  Output out;
  SpawnRequest request = out.request({"/bin/echo", "started"});
  request.views = {{.shown = out.tree.path("none"), .in_place_of = out.tree.path("output")}};
  CHECK(error_of([&] { out.run(request); }) ==
        "4: cannot run /bin/echo: No such file or directory");
  CHECK(out.text() == "");
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
