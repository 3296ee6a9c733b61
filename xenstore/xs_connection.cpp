#include "xenstore/xs_connection.h"

extern "C" {
#include <xenstore.h>
}

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/unix_socket.h"

namespace xenlaunch {
namespace {

/// While it lives, libxenstore looks for xenstored at one place. By itself it goes on to
/// /dev/xen/xenbus, where without a xenstored every request waits for ever (xs_open of
/// tools/libs/store/xs.c). Its flag XS_OPEN_SOCKETONLY no longer means anything.
class OnlyAt {
 public:
  explicit OnlyAt(const std::filesystem::path& socket) {
    if (const char* value = std::getenv(variable)) before_ = value;
    ::setenv(variable, socket.c_str(), 1);
  }
  OnlyAt(const OnlyAt&) = delete;
  OnlyAt& operator=(const OnlyAt&) = delete;
  ~OnlyAt() {
    if (before_)
      ::setenv(variable, before_->c_str(), 1);
    else
      ::unsetenv(variable);
  }

 private:
  static constexpr const char* variable = "XENSTORED_PATH";
  std::optional<std::string> before_;
};

/// The number that the next descriptor gets.
int next_descriptor() {
  return FileDescriptor{::eventfd(0, EFD_CLOEXEC)}.get();
}

/// Whether `fd` is connected to what listens at `socket`, by whatever name (/var/run is /run).
bool is_connected(int fd, const std::filesystem::path& socket) {
  sockaddr_un peer{};
  socklen_t size = sizeof peer - 1;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
  struct stat its {};
  struct stat ours {};
  return peer.sun_family == AF_UNIX && ::stat(peer.sun_path, &its) == 0 &&
         ::stat(socket.c_str(), &ours) == 0 && its.st_dev == ours.st_dev &&
         its.st_ino == ours.st_ino;
}

xs_handle* open_at(const std::filesystem::path& socket) {
  const OnlyAt only{socket};
  if (xs_handle* handle = xs_open(0)) return handle;
  const std::string reason = errno_text(errno);
  throw Error{
      ExitCode::xenstore,
      "cannot connect to xenstored at " + socket.string() + ": " + reason +
          "; is this dom0, and are Xen's daemons running? (`systemctl start xen` on Debian)"};
}

/// A descriptor that was asked for just now.
int got(int fd) {
  if (fd < 0) throw_errno(ExitCode::xenstore, errno, "wait for xenstored");
  return fd;
}

/// libxenstore tells nobody that its connection has ended, nor which descriptor it has: the first
/// one that xs_open made, which was to be `next` or, with other threads about, a little above it.
/// Should that ever change, a second connection tells; it is not the rule because xenstored looks
/// at all its connections between any two requests, whoever's.
FileDescriptor end_of(int next, const std::filesystem::path& socket) {
  constexpr int others = 8;
  for (int fd = next; fd < next + others; ++fd)
    if (is_connected(fd, socket)) return FileDescriptor{got(::fcntl(fd, F_DUPFD_CLOEXEC, 0))};
  FileDescriptor end = connect_unix(socket);
  got(end.get());
  return end;
}

void add(const FileDescriptor& epoll, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) < 0)
    throw_errno(ExitCode::xenstore, errno, "wait for xenstored");
}

/// The process that listened when `fd` was connected.
pid_t listener_of(const FileDescriptor& fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
    throw_errno(ExitCode::xenstore, errno, "ask who xenstored is");
  return peer.pid;
}

}  // namespace

void XsConnection::Close::operator()(xs_handle* handle) const {
  xs_close(handle);
}

XsConnection::Ends XsConnection::connect(const std::filesystem::path& socket) {
  const int next = next_descriptor();
  Ends ends;
  ends.handle.reset(open_at(socket));
  ends.end = end_of(next, socket);
  return ends;
}

XsConnection::XsConnection(const std::filesystem::path& socket)
    : socket_{socket},
      ends_{connect(socket)},
      either_{FileDescriptor{got(::epoll_create1(EPOLL_CLOEXEC))}} {
  await_changes();
}

void XsConnection::await_changes() {
  add(either_, got(xs_fileno(ends_.handle.get())), EPOLLIN);
  add(either_, ends_.end.get(), EPOLLRDHUP);
}

bool XsConnection::ended() const {
  pollfd end{.fd = ends_.end.get(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&end, 1, 0) == 1;
}

bool XsConnection::answers() const {
  // Not what libxenstore says where it has given up the connection, or the other end has.
  const auto is_xenstoreds = [](int reason) { return reason == ENOENT || reason == EACCES; };
  unsigned length = 0;
  void* value = xs_read(get(), XBT_NULL, "/", &length);
  const bool answered = value != nullptr || is_xenstoreds(errno);
  std::free(value);
  return answered;
}

void XsConnection::renew() {
  Ends anew = connect(socket_);
  if (listener_of(anew.end) != listener_of(ends_.end))
    throw Error{ExitCode::xenstore, "cannot reach xenstored: it has ended, and another one runs"};
  // A child of ours that has not executed yet may have the old ones open.
  ::epoll_ctl(either_.get(), EPOLL_CTL_DEL, xs_fileno(get()), nullptr);
  ::epoll_ctl(either_.get(), EPOLL_CTL_DEL, ends_.end.get(), nullptr);
  ends_ = std::move(anew);
  await_changes();
}

}  // namespace xenlaunch
