#include "launcher/session/detach.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <tuple>

#include "base/file_descriptor.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Ready = std::function<void(Domid)>;

/// Between a test and the process that it has started.
struct Sockets {
  Sockets() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    ours = FileDescriptor{ends[0]};
    childs = FileDescriptor{ends[1]};
  }
  FileDescriptor ours;
  FileDescriptor childs;
};

template <typename Value>
void send(const FileDescriptor& socket, const Value& value) {
  std::ignore = ::send(socket.get(), &value, sizeof value, MSG_NOSIGNAL);
}

/// What the other side has sent; a Value of zeros where it has gone.
template <typename Value>
Value receive(const FileDescriptor& socket) {
  Value value{};
  if (::recv(socket.get(), &value, sizeof value, MSG_WAITALL) != sizeof value) return {};
  return value;
}

/// Waits for the end of a process that goes on alone.
int status_of(pid_t child) {
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

/// run_detached, of which the child does not return into the test.
Detached detach(const std::function<ExitCode(const Ready&)>& work, int kept = -1) {
  const pid_t test = ::getpid();
  try {
    const Detached result = run_detached(work, kept);
    if (::getpid() == test) return result;
    ::_exit(result.is_detached ? static_cast<int>(result.code) : 99);
  } catch (const std::runtime_error& error) {
    if (::getpid() == test) throw;
    ::_exit(error.what() == std::string{"thrown by the work"} ? 42 : 98);
  }
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

/// What a process says of itself.
struct Self {
  pid_t pid{};
  bool leads_session{};
  bool stands_at_root{};
  bool is_silent{};  ///< the standard descriptors lead nowhere
};

Self look_at_self() {
  struct stat null {};
  bool is_silent = ::stat("/dev/null", &null) == 0;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    struct stat status {};
    is_silent = is_silent && ::fstat(fd, &status) == 0 && status.st_rdev == null.st_rdev &&
                status.st_ino == null.st_ino;
  }
  return {.pid = ::getpid(),
          .leads_session = ::getsid(0) == ::getpid(),
          .stands_at_root = std::filesystem::current_path() == "/",
          .is_silent = is_silent};
}

TEST_CASE("once the work is ready the call returns, and the work goes on alone") {
  Sockets sockets;
  const Detached result = detach(
      [&](const Ready& ready) {
        ready(7);
        ready(8);  // a restart: nobody waits any more
        send(sockets.childs, look_at_self());
        const char word = receive<char>(sockets.childs);
        return word == 'g' ? ExitCode::guest_rebooted : ExitCode::internal;
      },
      sockets.childs.get());
  CHECK_FALSE(result.is_detached);
  CHECK(result.code == ExitCode::done);
  CHECK((result.domid == std::optional<Domid>{7}));

  const Self child = receive<Self>(sockets.ours);
  REQUIRE(child.pid > 0);
  CHECK(child.pid != ::getpid());
  CHECK(child.leads_session);
  CHECK(child.stands_at_root);
  CHECK(child.is_silent);
  int status = 0;
  CHECK(::waitpid(child.pid, &status, WNOHANG) == 0);
  send(sockets.ours, 'g');
  status = status_of(child.pid);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == static_cast<int>(ExitCode::guest_rebooted));
}

TEST_CASE("work that ends without being ready gives its exit status") {
  for (const ExitCode code : {ExitCode::done, ExitCode::vm_file, ExitCode::host_left_changed,
                              ExitCode::guest_crashed, ExitCode::interrupted}) {
    const Detached result = detach([code](const Ready&) { return code; });
    CHECK_FALSE(result.is_detached);
    CHECK(result.code == code);
    CHECK((result.domid == std::nullopt));
  }
}

TEST_CASE("what the work throws comes out of the call in the child alone") {
  const Detached result =
      detach([](const Ready&) -> ExitCode { throw std::runtime_error{"thrown by the work"}; });
  CHECK(result.code == static_cast<ExitCode>(42));
  CHECK((result.domid == std::nullopt));
}

TEST_CASE("a process that is killed before it is ready leaves its start unknown") {
  for (const int signal : {SIGKILL, SIGTERM})
    CHECK(error_of([signal] {
            detach([signal](const Ready&) {
              std::signal(SIGTERM, SIG_DFL);  // doctest has its own handler
              ::raise(signal);
              return ExitCode::done;
            });
          }) == "8: cannot say how the start went: its process was killed by signal " +
                    std::to_string(signal) + "; `xenlaunch recover` gives back what it had taken");
}

TEST_CASE("of what was open only the standard descriptors and the kept one are the child's") {
  std::array<FileDescriptor, 5> files;
  for (FileDescriptor& file : files) file = FileDescriptor{::open("/dev/null", O_RDWR)};
  const auto open_in_child = [&files](int kept) {
    return static_cast<int>(detach(
                                [&files](const Ready&) {
                                  int open = 0;
                                  for (std::size_t i = 0; i < files.size(); ++i)
                                    open |= is_open(files[i].get()) ? 1 << i : 0;
                                  for (int fd = 0; fd <= STDERR_FILENO; ++fd)
                                    open |= is_open(fd) ? 0 : 1 << files.size();
                                  return static_cast<ExitCode>(open);
                                },
                                kept)
                                .code);
  };
  CHECK(open_in_child(-1) == 0);
  for (std::size_t i = 0; i < files.size(); ++i) CHECK(open_in_child(files[i].get()) == 1 << i);
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) CHECK(open_in_child(fd) == 0);
  for (const FileDescriptor& file : files) CHECK(is_open(file.get()));
}

TEST_CASE("who waits for the end of what the caller had open does not wait for the work's") {
  Sockets sockets;
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const FileDescriptor reader{ends[0]};
  std::optional<FileDescriptor> writer{ends[1]};
  const Detached result = detach(
      [&](const Ready& ready) {
        send(sockets.childs, ::getpid());
        ready(7);
        receive<char>(sockets.childs);
        return ExitCode::done;
      },
      sockets.childs.get());
  CHECK((result.domid == std::optional<Domid>{7}));
  const pid_t child = receive<pid_t>(sockets.ours);
  REQUIRE(child > 0);
  writer.reset();
  char nothing = 0;
  CHECK(::read(reader.get(), &nothing, 1) == 0);
  CHECK(::waitpid(child, nullptr, WNOHANG) == 0);
  send(sockets.ours, 'g');
  CHECK(status_of(child) == 0);
}

TEST_CASE("SIGINT does after the call what it did before") {
  const auto before = std::signal(SIGINT, SIG_IGN);
  for (const auto handler : {SIG_IGN, SIG_DFL}) {
    std::signal(SIGINT, handler);
    detach([](const Ready&) { return ExitCode::done; });
    CHECK((std::signal(SIGINT, SIG_DFL) == handler));
  }
  std::signal(SIGINT, before);
}

}  // namespace
}  // namespace xenlaunch::test
