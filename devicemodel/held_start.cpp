#include "devicemodel/held_start.h"

#include <sys/fsuid.h>
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

std::filesystem::path store_filter_socket(const std::string& domid) {
  return "/var/run/xen/xenstore-xenlaunch-" + domid;
}

std::vector<std::string> held(std::vector<std::string> argv) {
  argv.insert(argv.end(), {"-chardev", "socket,id=xenlaunch-hold,fd=0,server=on,wait=on"});
  return argv;
}

FileDescriptor make_hold(const std::filesystem::path& path, std::optional<gid_t> group) {
  constexpr int backlog = 4;
  std::error_code ignored;  // one that an earlier QEMU has left; bind says what else is there
  std::filesystem::remove(path, ignored);
  // Made with that group: as a service we may change no file's owner.
  const int before = group ? ::setfsgid(*group) : -1;
  FileDescriptor socket = bind_unix(path, S_IRUSR | S_IWUSR);
  if (group) ::setfsgid(static_cast<gid_t>(before));
  // Not made with that mode: our umask may keep groups out.
  constexpr mode_t for_group = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP;
  if (socket.get() < 0 || (group && ::chmod(path.c_str(), for_group) != 0) ||
      ::listen(socket.get(), backlog) != 0)
    throw_errno(ExitCode::device_model, errno, "make QEMU's socket " + path.string());
  return socket;
}

void let_go(const std::filesystem::path& path) {
  // QEMU takes a client that has gone already: it goes on, and the next one finds it listening.
  constexpr std::chrono::seconds time_to_connect{5};
  if (connect_unix(path, time_to_connect).get() < 0 && errno != ECONNREFUSED)
    throw_errno(ExitCode::device_model, errno, "let QEMU go on over " + path.string());
}

}  // namespace xenlaunch
