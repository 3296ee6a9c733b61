// Preloaded into xenlaunch, makes one call of a function of the C library fail, for tests of what
// the launcher makes of that, and of what it leaves:
//
//   LD_PRELOAD=/payload/tools/fail_at_call.so FAIL_CALL=write FAIL_AT=3 xenlaunch run vm.yaml
//
// FAIL_CALL=open|openat|read|write|unlink|remove|mkdir|rename|fsync|pipe2|fork|socket|connect|
// sendmsg|poll|ioctl|mmap and FAIL_AT=N: the Nth call of it, from 1, is not made and fails. Without
// them, none.
//
// FAIL_WITH=NUMBER: the errno that it fails with. Without it, EIO.
//
// FAIL_COUNTS=FILE: "FUNCTION COUNT" of each function is written to FILE when the program ends.
//
// A thread's calls count as all others; those by which the C library itself does its work do not.
// Only the first program that is executed with it: these words and LD_PRELOAD are taken out of the
// environment, so that QEMU knows nothing of it. A fork counts on from where its parent was.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <tuple>

namespace {

enum Call {
  open_,
  openat_,
  read_,
  write_,
  unlink_,
  remove_,
  mkdir_,
  rename_,
  fsync_,
  pipe2_,
  fork_,
  socket_,
  connect_,
  sendmsg_,
  poll_,
  ioctl_,
  mmap_
};
constexpr std::array<std::string_view, 17> names{
    "open",  "openat", "read",   "write",   "unlink",  "remove", "mkdir", "rename", "fsync",
    "pipe2", "fork",   "socket", "connect", "sendmsg", "poll",   "ioctl", "mmap"};

struct Order {
  std::string_view call{};
  long fail_at = 0;  ///< 0: never
  int error = EIO;
  std::array<char, 4096> counts{};  ///< a path; empty: none
};
Order order;
std::array<std::atomic<long>, names.size()> calls{};

__attribute__((constructor)) void take_the_order() {
  if (const char* call = std::getenv("FAIL_CALL"))
    for (const std::string_view name : names)
      if (name == call) order.call = name;
  if (const char* at = std::getenv("FAIL_AT")) order.fail_at = std::atol(at);
  if (const char* error = std::getenv("FAIL_WITH")) order.error = std::atoi(error);
  if (const char* counts = std::getenv("FAIL_COUNTS"))
    std::strncpy(order.counts.data(), counts, order.counts.size() - 1);
  for (const char* name : {"LD_PRELOAD", "FAIL_CALL", "FAIL_AT", "FAIL_WITH", "FAIL_COUNTS"})
    ::unsetenv(name);
  for (std::atomic<long>& count : calls)
    count = 0;  // what other constructors did before is not the program's
}

/// Past our own functions below, which would count it.
__attribute__((destructor)) void tell_the_counts() {
  if (order.counts[0] == '\0') return;
  const long fd = ::syscall(SYS_openat, AT_FDCWD, order.counts.data(),
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::array<char, 64> line{};
    const int size =
        std::snprintf(line.data(), line.size(), "%s %ld\n", names[i].data(), calls[i].load());
    std::ignore = ::syscall(SYS_write, fd, line.data(), static_cast<std::size_t>(size));
  }
  ::syscall(SYS_close, fd);
}

bool is_to_fail(Call call) {
  const bool fails = ++calls[call] == order.fail_at && names[call] == order.call;
  if (fails) errno = order.error;
  return fails;
}

template <typename... Arguments>
long counted(Call call, long number, Arguments... arguments) {
  return is_to_fail(call) ? -1 : ::syscall(number, arguments...);
}

/// As counted(), by the C library's own function: for what it does beside the system call. A read
/// of a thread is where that can be cancelled, as libxenstore's is.
template <Call call, typename Result, typename... Arguments>
Result counted_of_library(Arguments... arguments) {
  static const auto real =
      reinterpret_cast<Result (*)(Arguments...)>(::dlsym(RTLD_NEXT, names[call].data()));
  return is_to_fail(call) ? -1 : real(arguments...);
}

/// The mode is there only where a file may be made.
mode_t mode_of(int flags, va_list arguments) {
  const bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return makes ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

// NOLINTBEGIN(cert-dcl50-cpp): the C library's functions, as it declares them.
extern "C" {
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return static_cast<int>(counted(open_, SYS_openat, AT_FDCWD, path, flags, mode));
}
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return static_cast<int>(counted(openat_, SYS_openat, folder, path, flags, mode));
}
ssize_t read(int fd, void* data, std::size_t size) {
  return counted_of_library<read_, ssize_t>(fd, data, size);
}
ssize_t __read_chk(int fd, void* data, std::size_t size, std::size_t) {
  return read(fd, data, size);
}
ssize_t write(int fd, const void* data, std::size_t size) {
  return counted(write_, SYS_write, fd, data, size);
}
int unlink(const char* path) noexcept {
  return static_cast<int>(counted(unlink_, SYS_unlink, path));
}
int remove(const char* path) noexcept {
  return counted_of_library<remove_, int>(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  return static_cast<int>(counted(mkdir_, SYS_mkdir, path, mode));
}
int rename(const char* from, const char* to) noexcept {
  return static_cast<int>(counted(rename_, SYS_rename, from, to));
}
int fsync(int fd) {
  return static_cast<int>(counted(fsync_, SYS_fsync, fd));
}
int pipe2(int fds[2], int flags) noexcept {
  return static_cast<int>(counted(pipe2_, SYS_pipe2, fds, flags));
}
pid_t fork() noexcept {
  return counted_of_library<fork_, pid_t>();
}
int socket(int domain, int type, int protocol) noexcept {
  return static_cast<int>(counted(socket_, SYS_socket, domain, type, protocol));
}
int connect(int fd, const struct sockaddr* address, unsigned size) {
  return static_cast<int>(counted(connect_, SYS_connect, fd, address, size));
}
ssize_t sendmsg(int fd, const struct msghdr* message, int flags) {
  return counted_of_library<sendmsg_, ssize_t>(fd, message, flags);
}
int poll(struct pollfd* fds, nfds_t count, int timeout_ms) {
  return counted_of_library<poll_, int>(fds, count, timeout_ms);
}
int __poll_chk(struct pollfd* fds, nfds_t count, int timeout_ms, std::size_t) {
  return poll(fds, count, timeout_ms);
}
int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  return static_cast<int>(counted(ioctl_, SYS_ioctl, fd, request, argument));
}
void* mmap(void* where, std::size_t size, int protection, int flags, int fd,
           off_t offset) noexcept {
  return reinterpret_cast<void*>(
      counted(mmap_, SYS_mmap, where, size, protection, flags, fd, offset));
}
}
// NOLINTEND
