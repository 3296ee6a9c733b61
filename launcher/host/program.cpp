#include "launcher/host/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/pidfd.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

constexpr std::size_t kept_of_errors = 16384;
/// The longest answer is lsinitramfs' list of files, of some 100 KiB.
constexpr std::size_t most_output = std::size_t{8} << 20;
constexpr std::chrono::seconds time_to_die{5};

[[noreturn]] void fail(const std::string& program, int error) {
  throw Error{ExitCode::host, fmt::format("cannot run {}: {}", program, errno_text(error))};
}

struct Pipe {
  FileDescriptor reading;
  FileDescriptor writing;
};

Pipe make_pipe(const std::string& program) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(program, errno);
  return {FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
}

/// The name in the system's folders: not in the caller's PATH, which may hold anything.
std::string found(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  for (const char* folder :
       {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"})
    if (::access((folder + program).c_str(), X_OK) == 0) return folder + program;
  fail(program, ENOENT);
}

/// False at the end of what the pipe carries.
bool take(const FileDescriptor& from, std::string& text) {
  std::array<char, 65536> part;
  const ssize_t got = ::read(from.get(), part.data(), part.size());
  if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds left_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return std::max(left, std::chrono::milliseconds{0});
}

/// False where the two pipes did not end by `deadline`, or too much came out of them.
bool take_all(const FileDescriptor& out, const FileDescriptor& err, Clock::time_point deadline,
              ProgramResult& result) {
  std::array<pollfd, 2> pipes{{{.fd = out.get(), .events = POLLIN, .revents = 0},
                               {.fd = err.get(), .events = POLLIN, .revents = 0}}};
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    const auto left = static_cast<int>(left_until(deadline).count());
    const int ready = ::poll(pipes.data(), pipes.size(), left);
    // Looked at also where something is readable: a program may go on writing for ever.
    if (left == 0) return false;
    if (ready < 0) continue;  // EINTR: nothing else is possible here
    if (pipes[0].revents != 0 && !take(out, result.output)) pipes[0].fd = -1;
    if (pipes[1].revents != 0 && !take(err, result.errors)) pipes[1].fd = -1;
    if (result.output.size() > most_output) {
      result.end = ProgramEnd::said_too_much;
      return false;
    }
    if (result.errors.size() > kept_of_errors)
      result.errors.erase(0, result.errors.size() - kept_of_errors);
  }
  return true;
}

std::string how_it_ended(const ProgramResult& result) {
  switch (result.end) {
    case ProgramEnd::exited:
      break;
    case ProgramEnd::signalled:
      return ProcessEnd{.by_signal = true, .number = result.status}.to_string();
    case ProgramEnd::timed_out:
      return "did not end in time and was killed";
    case ProgramEnd::said_too_much:
      return fmt::format("said more than {} MiB and was killed", most_output >> 20);
  }
  return fmt::format("ended with status {}", result.status);
}

}  // namespace

void await_end(const Child& child, bool at_once, Clock::time_point deadline,
               ProgramResult& result) {
  if (at_once || !ends_within(child.pidfd, left_until(deadline))) {
    if (result.end == ProgramEnd::exited) result.end = ProgramEnd::timed_out;
    ::kill(-child.pid, SIGKILL);
    // One that hangs in the kernel is not waited for any longer.
    if (!ends_within(child.pidfd, time_to_die)) {
      result.status = SIGKILL;
      return;
    }
  }
  const ProcessEnd end = reap(child.pidfd);
  result.status = end.number;
  if (end.by_signal && result.end == ProgramEnd::exited) result.end = ProgramEnd::signalled;
}

ProgramResult HostPrograms::run(const std::vector<std::string>& argv, std::chrono::seconds limit,
                                const std::string& locale) {
  const Clock::time_point deadline = Clock::now() + limit;
  Pipe out = make_pipe(argv.front());
  Pipe err = make_pipe(argv.front());
  const FileDescriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  SpawnRequest request{.argv = argv,
                       .input = nothing.get(),
                       .output = out.writing.get(),
                       .errors = err.writing.get(),
                       .shares_files = true,
                       .environment = {{program_path, locale}}};
  request.argv.front() = found(argv.front());
  const Child child = spawn(request, ExitCode::host);
  out.writing = FileDescriptor{};
  err.writing = FileDescriptor{};
  ProgramResult result;
  const bool in_time = take_all(out.reading, err.reading, deadline, result);
  await_end(child, !in_time, deadline, result);
  return result;
}

std::string why_not_runnable(const std::filesystem::path& program) {
  struct stat status {};
  if (::stat(program.c_str(), &status) != 0) return errno_text(errno);
  if (!S_ISREG(status.st_mode)) return "it is no file";
  return ::access(program.c_str(), X_OK) == 0 ? "" : errno_text(errno);
}

std::string failure_text(const std::string& program, const ProgramResult& result) {
  std::string_view errors = result.errors;
  while (!errors.empty() && errors.back() == '\n') errors.remove_suffix(1);
  const std::string_view line = errors.substr(errors.rfind('\n') + 1);
  return fmt::format("{} {}{}{}", program, how_it_ended(result), line.empty() ? "" : ": ",
                     excerpt(line, 200));
}

}  // namespace xenlaunch
