#include "base/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <string>
#include <utility>

namespace xenlaunch {
namespace {

/// `action` is connect or bind.
template <typename Action>
bool at(const std::filesystem::path& path, const FileDescriptor& socket, Action action) {
  if (socket.get() < 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  text.copy(address.sun_path, sizeof address.sun_path - 1);
  return action(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

FileDescriptor make_socket() {
  return FileDescriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

}  // namespace

FileDescriptor connect_unix(const std::filesystem::path& path, std::chrono::seconds patience) {
  FileDescriptor socket = make_socket();
  if (socket.get() < 0) return {};
  // Where more wait already than the other end lets wait, connect(2) waits like a send.
  const auto wait_at_most = [&socket](std::chrono::seconds time) {
    const timeval limit{.tv_sec = time.count(), .tv_usec = 0};
    return ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
  };
  if (wait_at_most(patience) && at(path, socket, ::connect) &&
      wait_at_most(std::chrono::seconds{0}))
    return socket;
  if (errno == EAGAIN) errno = ETIMEDOUT;
  return {};
}

FileDescriptor bind_unix(const std::filesystem::path& path, mode_t mode) {
  FileDescriptor socket = make_socket();
  // Before it is bound: that is the mode the file is made with.
  const bool has_mode = socket.get() >= 0 && ::fchmod(socket.get(), mode) == 0;
  return has_mode && at(path, socket, ::bind) ? std::move(socket) : FileDescriptor{};
}

}  // namespace xenlaunch
