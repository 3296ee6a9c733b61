#include "launcher/host/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

constexpr std::size_t kept_of_errors = 16384;
constexpr const char* search_path =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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

/// In a process group of its own: what a terminal sends on Ctrl-C is for us to decide on.
pid_t spawn(const std::vector<std::string>& argv, std::string locale, const Pipe& out,
            const Pipe& err) {
  const std::string path = found(argv.front());
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::string path_setting = search_path;
  std::array<char*, 3> environment{path_setting.data(), locale.data(), nullptr};

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out.writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err.writing.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, path.c_str(), &files, &attributes, arguments.data(),
                                  environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) fail(argv.front(), error);
  return child;
}

/// False at the end of what the pipe carries.
bool take(const FileDescriptor& from, std::string& text) {
  std::array<char, 4096> part;
  const ssize_t got = ::read(from.get(), part.data(), part.size());
  if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

void take_all(const FileDescriptor& out, const FileDescriptor& err, ProgramResult& result) {
  std::array<pollfd, 2> pipes{{{.fd = out.get(), .events = POLLIN, .revents = 0},
                               {.fd = err.get(), .events = POLLIN, .revents = 0}}};
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    if (::poll(pipes.data(), pipes.size(), -1) < 0)
      continue;  // EINTR: nothing else is possible here
    if (pipes[0].revents != 0 && !take(out, result.output)) pipes[0].fd = -1;
    if (pipes[1].revents != 0 && !take(err, result.errors)) pipes[1].fd = -1;
    if (result.errors.size() > kept_of_errors)
      result.errors.erase(0, result.errors.size() - kept_of_errors);
  }
}

}  // namespace

ProgramResult HostPrograms::run(const std::vector<std::string>& argv, const std::string& locale) {
  Pipe out = make_pipe(argv.front());
  Pipe err = make_pipe(argv.front());
  const pid_t child = spawn(argv, locale, out, err);
  out.writing = FileDescriptor{};
  err.writing = FileDescriptor{};
  ProgramResult result;
  take_all(out.reading, err.reading, result);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail(argv.front(), errno);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::string failure_text(const std::string& program, const ProgramResult& result) {
  std::string_view errors = result.errors;
  while (!errors.empty() && errors.back() == '\n') errors.remove_suffix(1);
  const std::string_view line = errors.substr(errors.rfind('\n') + 1);
  return fmt::format("{} ended with status {}{}{}", program, result.status,
                     line.empty() ? "" : ": ", excerpt(line, 200));
}

}  // namespace xenlaunch
