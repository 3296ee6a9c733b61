#include "devicemodel/qemu_user.h"

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>

#include "base/error.h"

namespace xenlaunch {

std::string user_text(std::uint32_t first, const std::string& domid) {
  std::uint32_t number = 0;
  const char* end = domid.data() + domid.size();
  const auto [stop, error] = std::from_chars(domid.data(), end, number);
  return error == std::errc{} && stop == end ? std::to_string(first + number) : "UID";
}

std::string qemu_root(const std::string& domid) {
  return "/var/run/xen/root-xenlaunch-" + domid;
}

void make_qemu_root(const std::filesystem::path& root, uid_t user) {
  // One that a killed launcher has left is taken away, so that it has this user's group.
  ::rmdir(root.c_str());
  // Made with that group: as a service we may change no file's owner.
  const auto group = static_cast<gid_t>(::setfsgid(user));
  const int reason = ::mkdir(root.c_str(), 0) == 0 ? 0 : errno;
  ::setfsgid(group);
  if (reason != 0 || user_of_root(root) != user)
    throw_errno(ExitCode::device_model, reason != 0 ? reason : EPERM,
                "make QEMU's root " + root.string());
}

std::optional<uid_t> user_of_root(const std::filesystem::path& root) {
  struct stat status {};
  if (::lstat(root.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != 0 ||
      status.st_gid < least_first_qemu_user)
    return std::nullopt;
  return status.st_gid;
}

void kill_all_of(uid_t user) {
  if (user < least_first_qemu_user) return;
  const pid_t child = ::fork();
  if (child == 0) {
    // What it kills cannot kill it first: for that its real user would have to be theirs. And with
    // root's it would kill root's.
    const uid_t reaper = user + reaper_offset;
    if (::setresuid(reaper, user, reaper) == 0 && ::getuid() == reaper && ::geteuid() == user)
      ::kill(-1, SIGKILL);
    ::_exit(0);
  }
  if (child > 0) ::waitpid(child, nullptr, 0);
}

}  // namespace xenlaunch
