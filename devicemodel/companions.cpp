#include "devicemodel/companions.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/error.h"
#include "base/pidfd.h"
#include "devicemodel/find_qemu.h"
#include "devicemodel/held_start.h"

namespace xenlaunch {
namespace {

/// Its stdin, and QEMU's end of that where it is a socket between the two.
struct Input {
  FileDescriptor its;
  FileDescriptor qemus;
};

Input input_of(const Companion& companion) {
  if (companion.socket)
    return {.its = make_hold(*companion.socket, companion.socket_group), .qemus = {}};
  if (!companion.number)
    return {.its = FileDescriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)}, .qemus = {}};
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw_errno(ExitCode::device_model, errno, "connect QEMU to its broker");
  return {.its = FileDescriptor{ends[1]}, .qemus = FileDescriptor{ends[0]}};
}

void remove_socket(const Companion& companion) {
  std::error_code ignored;
  if (companion.socket) std::filesystem::remove(*companion.socket, ignored);
}

std::string hangs(const std::string& what, pid_t pid) {
  return "cannot end " + what + " (process " + std::to_string(pid) + "): it hangs in the kernel";
}

}  // namespace

std::optional<std::string> Companions::Running::failure() const {
  // It may see the end of QEMU before we do.
  const bool ends_with_qemu = companion.ends_last && end == ProcessEnd{};
  if (!end || ends_with_qemu) return std::nullopt;
  return companion.what + " " + end->to_string();
}

FileDescriptor Companions::start(const Companion& companion, const FileDescriptor& output) {
  Input input = input_of(companion);
  try {
    watch(companion,
          spawn({.argv = companion.argv,
                 .input = input.its.get(),
                 .output = output.get(),
                 .errors = output.get(),
                 .new_session = true,
                 .given = companion.given,
                 .views = companion.views,
                 .confinement = companion.confinement ? &*companion.confinement : nullptr,
                 .environment = companion.environment},
                ExitCode::device_model));
  } catch (const Error&) {
    remove_socket(companion);
    throw;
  }
  return std::move(input.qemus);
}

void Companions::watch(Companion companion, Child process) {
  running_.push_back(std::make_unique<Running>(Running{std::move(companion), std::move(process)}));
  Running& running = *running_.back();
  running.watch = events_.watch(running.process.pidfd.get(), [this, &running] {
    running.end = reap(running.process.pidfd);
    if (const auto failure = running.failure()) failed_(running.companion, *failure);
    return false;
  });
}

std::optional<std::string> Companions::ended() const {
  for (const auto& running : running_)
    if (auto failure = running->failure()) return failure;
  return std::nullopt;
}

std::vector<pid_t> Companions::processes() const {
  std::vector<pid_t> pids;
  for (const auto& running : running_)
    if (!running->end) pids.push_back(running->process.pid);
  return pids;
}

void Companions::begin_to_end() {
  for (const auto& running : running_) {
    running->watch.reset();
    if (!running->end && !running->companion.ends_last)
      signal_process(running->process.pidfd, SIGTERM);
  }
}

bool Companions::Running::ends() {
  if (!end && !end_process(process.pidfd, time_to_write_back, time_to_die)) return false;
  if (!end) reap(process.pidfd);
  remove_socket(companion);
  return true;
}

void Companions::end() {
  for (const auto& running : running_) running->watch.reset();
  std::vector<std::unique_ptr<Running>> hanging;
  for (; !running_.empty(); running_.pop_back())
    if (!running_.back()->ends()) hanging.push_back(std::move(running_.back()));
  running_ = std::move(hanging);
  if (running_.empty()) return;
  throw Error{ExitCode::device_model,
              hangs(running_.front()->companion.what, running_.front()->process.pid)};
}

void end_companions_of(std::uint32_t domid) {
  std::optional<pid_t> hanging;
  for (const pid_t pid : find_companions(domid)) {
    const auto process = hold_found([domid, pid] {
      const std::vector<pid_t> now = find_companions(domid);
      return std::ranges::find(now, pid) != now.end() ? std::optional{pid} : std::nullopt;
    });
    if (process && !end_process(process->pidfd, time_to_write_back, time_to_die)) hanging = pid;
  }
  if (hanging) throw Error{ExitCode::device_model, hangs("what is beside QEMU", *hanging)};
}

}  // namespace xenlaunch
