#include "launcher/host/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/private_folder.h"
#include "base/text.h"
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

/// What stands in a lock's file, "PID PURPOSE"; nullopt for anything else, and for an instant
/// between the other's flock(2) and its write(2).
std::optional<LockHolder> holder_in(int file) {
  std::array<char, 256> buffer{};
  const ssize_t got = ::pread(file, buffer.data(), buffer.size(), 0);
  const std::string_view text{buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  const std::string_view line = text.substr(0, text.find('\n'));
  LockHolder holder;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), holder.pid);
  if (error != std::errc{} || end == line.data() + line.size() || *end != ' ') return std::nullopt;
  holder.purpose = excerpt(line.substr(static_cast<std::size_t>(end - line.data()) + 1));
  return holder;
}

/// The process that a line of /proc/locks says has a flock on this file:
/// "1: FLOCK  ADVISORY  WRITE 4711 00:19:345 0 EOF" (fs/locks.c, lock_get_status). A line whose
/// second word is "->" tells of one that waits.
std::optional<pid_t> flock_of(const std::string& line, const std::string& file_id) {
  std::istringstream words{line};
  const std::vector<std::string> all{std::istream_iterator<std::string>{words}, {}};
  if (all.size() < 6 || all[1] != "FLOCK" || all[5] != file_id) return std::nullopt;
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(all[4].data(), all[4].data() + all[4].size(), pid);
  return error == std::errc{} && pid > 0 ? std::optional{pid} : std::nullopt;
}

/// Of the user ids that a process has (real, effective, saved, of files) the first that is not
/// `user`; nullopt where there is none. Not the owner of its folder in /proc: that is root's for
/// each process that has forbidden to be traced.
std::optional<std::string> other_user(const std::string& process_status, uid_t user) {
  for (const std::vector<std::string>& row : rows_of(process_status)) {
    if (row.empty() || row.front() != "Uid:") continue;
    for (const std::string& word : row)
      if (word != "Uid:" && word != std::to_string(user)) return word;
    return std::nullopt;
  }
  return "unknown";
}

bool has_open(const fs::path& process, const struct stat& file) {
  for (const std::string& fd : names_in(process / "fd")) {
    struct stat status {};
    if (::stat((process / "fd" / fd).c_str(), &status) == 0 && status.st_dev == file.st_dev &&
        status.st_ino == file.st_ino)
      return true;
  }
  return false;
}

/// A flock stays with the process that took it in the kernel's list, though only what that has
/// started has the file open any more: the number may be another process's by now.
std::string doubt_about(const fs::path& process, const struct stat& file, bool says_what_it_is) {
  const std::optional<std::string> status = read_if_readable(process / "status");
  if (!status) return "has ended, but what it has started has not";
  if (const auto user = other_user(*status, ::geteuid())) return "is user " + *user + "'s";
  if (!has_open(process, file)) return "has ended, but what it has started has not";
  return says_what_it_is ? "" : "does not say what it is";
}

std::optional<LockHolder> holder_of(int file, const fs::path& proc) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return std::nullopt;
  const std::string file_id =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  std::istringstream lines{read_bytes(proc / "locks").value_or("")};
  for (std::string line; std::getline(lines, line);) {
    const std::optional<pid_t> pid = flock_of(line, file_id);
    if (!pid) continue;
    const std::optional<LockHolder> said = holder_in(file);
    const bool says_what_it_is = said && said->pid == *pid;
    return LockHolder{.pid = *pid,
                      .purpose = says_what_it_is ? said->purpose : "",
                      .doubt = doubt_about(proc / std::to_string(*pid), status, says_what_it_is)};
  }
  return std::nullopt;
}

}  // namespace

std::string LockHolder::to_string() const {
  std::string text = fmt::format("process {}", pid);
  if (!purpose.empty()) text += " (" + purpose + ")";
  if (!doubt.empty()) text += ", which " + doubt + ",";
  return text;
}

Lock::Lock(const fs::path& directory, const std::string& name, const std::string& purpose,
           const std::string& action, Mode mode) {
  if (name.empty() || name.find('/') != std::string::npos) {
    fail(action, fmt::format("'{}' cannot name a lock", excerpt(name)));
  }
  if (const std::string problem = make_private_folder(directory); !problem.empty())
    fail(action, problem);
  const fs::path path = directory / (name + ".lock");
  file_ = FileDescriptor{::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (file_.get() < 0) fail(action, "opening", path, errno);
  // Whatever the umask was, now or when an older version made it.
  if (::fchmod(file_.get(), 0600) != 0) fail(action, "closing to others", path, errno);
  while (::flock(file_.get(), mode == Mode::wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) fail(action, "locking", path, errno);
    const std::optional<LockHolder> holder = holder_of(file_.get(), "/proc");
    fail(action, (holder ? holder->to_string() : "another process") + " holds it");
  }
  const std::string holder = fmt::format("{} {}\n", ::getpid(), purpose);
  // The file stays when the lock goes: removing it would let two processes lock two files of one
  // name.
  if (::ftruncate(file_.get(), 0) != 0) fail(action, "emptying", path, errno);
  if (::pwrite(file_.get(), holder.data(), holder.size(), 0) < 0)
    fail(action, "writing", path, errno);
}

std::optional<LockHolder> lock_holder(const fs::path& directory, const std::string& name,
                                      const fs::path& proc) {
  const fs::path path = directory / (name + ".lock");
  const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  return file.get() < 0 ? std::nullopt : holder_of(file.get(), proc);
}

void Lock::share_with_children() {
  if (::fcntl(file_.get(), F_SETFD, 0) != 0)
    throw_errno(ExitCode::host, errno, "share a lock with the programs it is for");
}

}  // namespace xenlaunch
