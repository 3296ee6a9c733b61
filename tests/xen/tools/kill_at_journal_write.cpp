// Preloaded into xenlaunch, kills it at a chosen write to a VM's journal, for tests of what
// `recover` makes of that:
//
//   LD_PRELOAD=/payload/tools/kill_at_journal_write.so KILL_AT=3 xenlaunch run vm.yaml
//
// KILL_AT=N: at the Nth write to a file `journal` below /run/xenlaunch, from 1. Without it, never.
//
// KILL_WHEN=before|after: just before that write, or just after it. Without it, before.
//
// KILL_LIST=FILE: the bytes of each such write are appended to FILE, also of the last one.
//
// Only the first program that is executed with it: these words and LD_PRELOAD are taken out of the
// environment, so that QEMU knows nothing of it. A fork counts on from where its parent was.
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>

namespace {

struct Order {
  long kill_at = 0;  ///< 0: never
  bool after = false;
  std::array<char, 4096> list{};  ///< a path; empty: none
};
Order order;
std::atomic<long> writes{0};

__attribute__((constructor)) void take_the_order() {
  if (const char* at = std::getenv("KILL_AT")) order.kill_at = std::atol(at);
  if (const char* when = std::getenv("KILL_WHEN")) order.after = std::string_view{when} == "after";
  if (const char* list = std::getenv("KILL_LIST"))
    std::strncpy(order.list.data(), list, order.list.size() - 1);
  for (const char* name : {"LD_PRELOAD", "KILL_AT", "KILL_WHEN", "KILL_LIST"}) ::unsetenv(name);
}

bool is_journal(int fd) {
  std::array<char, 4096> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  if (size < 0) return false;
  const std::string_view path{target.data(), static_cast<std::size_t>(size)};
  return path.starts_with("/run/xenlaunch/") && path.ends_with("/journal");
}

/// Past our own write below, which would count this one.
ssize_t plain_write(int fd, const void* data, std::size_t size) {
  return ::syscall(SYS_write, fd, data, size);
}

void note(const void* data, std::size_t size) {
  if (order.list[0] == '\0') return;
  const int fd = ::open(order.list.data(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  std::ignore = plain_write(fd, data, size);
  ::close(fd);
}

ssize_t counted_write(int fd, const void* data, std::size_t size) {
  const int error_before = errno;
  const bool counts = is_journal(fd);
  const bool now = counts && ++writes == order.kill_at;
  if (counts) note(data, size);
  errno = error_before;
  if (now && !order.after) ::kill(::getpid(), SIGKILL);
  const ssize_t written = plain_write(fd, data, size);
  if (now) ::kill(::getpid(), SIGKILL);
  return written;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the C library's names.
extern "C" ssize_t write(int fd, const void* data, std::size_t size) {
  return counted_write(fd, data, size);
}
extern "C" ssize_t __write(int fd, const void* data, std::size_t size) {
  return counted_write(fd, data, size);
}
// NOLINTEND
