#include "launcher/host/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "launcher/base/error.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& action, const std::string& reason) {
  throw Error{ExitCode::host, fmt::format("cannot {}: {}", action, reason)};
}

[[noreturn]] void fail(const std::string& action, const std::string& what, const fs::path& path,
                       int error) {
  fail(action, fmt::format("{} {} failed: {}", what, path.string(), errno_text(error)));
}

/// 0755 whatever the umask allows more, since std::filesystem::create_directories would start from
/// 0777.
void make_directories(const fs::path& directory, const std::string& action) {
  if (directory.has_relative_path() && directory.has_parent_path())
    make_directories(directory.parent_path(), action);
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
    fail(action, "making", directory, errno);
}

/// Who holds the lock, from "PID PURPOSE" in its file.
std::string holder_of(int file) {
  std::array<char, 256> buffer{};
  const ssize_t got = ::pread(file, buffer.data(), buffer.size(), 0);
  const std::string_view text{buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::string_view pid = line.substr(0, line.find(' '));
  // Empty for an instant, between the other's flock(2) and its write(2).
  if (pid.empty() || pid.size() == line.size()) return "another process";
  if (pid.find_first_not_of("0123456789") != std::string_view::npos) return "another process";
  return fmt::format("process {} ({})", pid, printable_ascii(line.substr(pid.size() + 1)));
}

}  // namespace

Lock::Lock(const fs::path& directory, const std::string& name, const std::string& purpose,
           const std::string& action, Mode mode) {
  if (name.empty() || name.find('/') != std::string::npos) {
    fail(action, fmt::format("'{}' cannot name a lock", printable_ascii(name)));
  }
  make_directories(directory, action);
  const fs::path path = directory / (name + ".lock");
  file_ = FileDescriptor{::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (file_.get() < 0) fail(action, "opening", path, errno);
  while (::flock(file_.get(), mode == Mode::wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) fail(action, "locking", path, errno);
    fail(action, holder_of(file_.get()) + " holds it");
  }
  const std::string holder = fmt::format("{} {}\n", ::getpid(), purpose);
  // The file stays when the lock goes: removing it would let two processes lock two files of one
  // name.
  if (::ftruncate(file_.get(), 0) != 0) fail(action, "emptying", path, errno);
  if (::pwrite(file_.get(), holder.data(), holder.size(), 0) < 0)
    fail(action, "writing", path, errno);
}

void Lock::share_with_children() {
  if (::fcntl(file_.get(), F_SETFD, 0) != 0)
    throw_errno(ExitCode::host, errno, "share a lock with the programs it is for");
}

}  // namespace xenlaunch
