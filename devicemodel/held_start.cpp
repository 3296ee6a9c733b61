#include "devicemodel/held_start.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "base/error.h"
#include "base/unix_socket.h"

namespace xenlaunch {
std::filesystem::path hold_socket(const std::string& domid) {
  return "/var/run/xen/hold-xenlaunch-" + domid;
}

std::filesystem::path disk_server_hold(const std::string& domid) {
  return hold_socket(domid).string() + "-disks";
}

std::vector<std::string> held(std::vector<std::string> argv) {
  argv.insert(argv.end(), {"-chardev", "socket,id=xenlaunch-hold,fd=0,server=on,wait=on"});
  return argv;
}

FileDescriptor make_hold(const std::filesystem::path& path) {
  constexpr int backlog = 4;
  std::error_code ignored;  // one that an earlier QEMU has left; bind says what else is there
  std::filesystem::remove(path, ignored);
  FileDescriptor socket = bind_unix(path, S_IRUSR | S_IWUSR);
  if (socket.get() < 0 || ::listen(socket.get(), backlog) != 0)
    throw_errno(ExitCode::device_model, errno, "make QEMU's socket " + path.string());
  return socket;
}

void let_go(const std::filesystem::path& path) {
  // QEMU takes a client that has gone already: it goes on, and the next one finds it listening.
  if (connect_unix(path).get() < 0 && errno != ECONNREFUSED)
    throw_errno(ExitCode::device_model, errno, "let QEMU go on over " + path.string());
}

}  // namespace xenlaunch
