#include "devicemodel/held_start.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "launcher/base/error.h"

namespace xenlaunch {
namespace {

/// Does `action` (bind or connect) with a new socket; the descriptor is invalid where that fails,
/// and errno says why.
template <typename Action>
FileDescriptor socket_at(const std::filesystem::path& path, Action action) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return {};
  }
  text.copy(address.sun_path, sizeof address.sun_path - 1);
  FileDescriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  // Before it is bound: that is the mode the file is made with.
  if (socket.get() < 0 || ::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0 ||
      action(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return {};
  return socket;
}

}  // namespace

std::filesystem::path hold_socket(const std::string& domid) {
  return "/var/run/xen/hold-xenlaunch-" + domid;
}

std::vector<std::string> held(std::vector<std::string> argv) {
  argv.insert(argv.end(), {"-chardev", "socket,id=xenlaunch-hold,fd=0,server=on,wait=on"});
  return argv;
}

FileDescriptor make_hold(const std::filesystem::path& path) {
  constexpr int backlog = 4;
  std::error_code ignored;  // one that an earlier QEMU has left; bind says what else is there
  std::filesystem::remove(path, ignored);
  FileDescriptor socket = socket_at(path, ::bind);
  if (socket.get() < 0 || ::listen(socket.get(), backlog) != 0)
    throw_errno(ExitCode::device_model, errno, "make QEMU's socket " + path.string());
  return socket;
}

void let_go(const std::filesystem::path& path) {
  // QEMU takes a client that has gone already: it goes on, and the next one finds it listening.
  if (socket_at(path, ::connect).get() < 0 && errno != ECONNREFUSED)
    throw_errno(ExitCode::device_model, errno, "let QEMU go on over " + path.string());
}

}  // namespace xenlaunch
