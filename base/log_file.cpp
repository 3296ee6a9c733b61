#include "base/log_file.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <tuple>

#include "base/error.h"
#include "base/private_folder.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

FileDescriptor open_log(const std::filesystem::path& path) {
  make_missing_folders(path.parent_path());  // the open below says what is wrong
  // Readable, too: keep_bounded() copies it. A link would let its maker choose what is written to.
  FileDescriptor file{
      ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (file.get() < 0) throw_errno(ExitCode::device_model, errno, "open the log " + path.string());
  return file;
}

LogFile::LogFile(std::filesystem::path path)
    : path_{std::move(path)},
      file_{open_log(path_)},
      watch_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)} {
  // Without a watch (their number is limited) the log is only bounded when something else happens.
  if (watch_.get() >= 0) ::inotify_add_watch(watch_.get(), path_.c_str(), IN_MODIFY);
  keep_bounded();
}

void LogFile::close_to_others() const {
  std::ignore = ::fchmod(file_.get(), S_IRUSR | S_IWUSR);
  std::ignore = ::chmod(old_log().c_str(), S_IRUSR | S_IWUSR);
}

std::uintmax_t LogFile::size() const {
  struct stat status {};
  return ::fstat(file_.get(), &status) == 0 ? static_cast<std::uintmax_t>(status.st_size) : 0;
}

void LogFile::say(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    // What is quoted may be a guest's, and the reader a terminal.
    const std::string line = now() + " xenlaunch: " + printable(text.substr(0, end)) + '\n';
    std::ignore = ::write(file_.get(), line.data(), line.size());
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::filesystem::path LogFile::old_log() const {
  return path_.string() + ".1";
}

bool LogFile::keep_bounded() {
  const off_t end = static_cast<off_t>(size());
  off_t from = end - static_cast<off_t>(max_bytes);
  if (from <= 0) return false;
  const std::filesystem::path old = old_log();
  std::error_code ignored;
  std::filesystem::remove(old, ignored);
  const FileDescriptor to{
      ::open(old.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  std::array<char, 65536> part;
  const auto read_part = [&] { return ::pread(file_.get(), part.data(), part.size(), from); };
  // The last of it: it may have grown far beyond before anybody looked. Not to its end, after which
  // a writer that is as fast as this would be chased for ever.
  while (to.get() >= 0 && from < end) {
    const ssize_t got = std::min(read_part(), static_cast<ssize_t>(end - from));
    if (got <= 0) break;
    errno = ENOSPC;  // of a part that is written
    if (::write(to.get(), part.data(), static_cast<std::size_t>(got)) != got) break;
    from += got;
  }
  // Without room for it elsewhere its last part stays here.
  const bool is_kept = to.get() >= 0 && from >= end;
  const std::string reason = is_kept ? "" : errno_text(errno);
  from = end - (is_kept ? 0 : static_cast<off_t>(part.size() / 2));
  const ssize_t stays = read_part();
  if (::ftruncate(file_.get(), 0) != 0) return false;
  if (!is_kept) say("cannot keep what was before this in " + old.string() + ": " + reason);
  if (stays > 0) std::ignore = ::write(file_.get(), part.data(), static_cast<std::size_t>(stays));
  return true;
}

void LogFile::take_changes() {
  // One read takes what the kernel has put together of the same change; what comes meanwhile makes
  // it readable again.
  std::array<char, 4096> events;
  std::ignore = ::read(watch_.get(), events.data(), events.size());
}

}  // namespace xenlaunch
