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

FileDescriptor connect_unix(const std::filesystem::path& path) {
  FileDescriptor socket = make_socket();
  return at(path, socket, ::connect) ? std::move(socket) : FileDescriptor{};
}

FileDescriptor bind_unix(const std::filesystem::path& path, mode_t mode) {
  FileDescriptor socket = make_socket();
  // Before it is bound: that is the mode the file is made with.
  const bool has_mode = socket.get() >= 0 && ::fchmod(socket.get(), mode) == 0;
  return has_mode && at(path, socket, ::bind) ? std::move(socket) : FileDescriptor{};
}

}  // namespace xenlaunch
