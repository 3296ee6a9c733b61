#include "launcher/host/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/private_folder.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

void flush_folder_of(const fs::path& file) {
  const FileDescriptor folder{
      ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.get() < 0 || ::fsync(folder.get()) != 0)
    throw_errno(ExitCode::host, errno, "flush " + file.parent_path().string());
}

/// Everything but the new name; returns errno.
int write_whole(const fs::path& file, std::string_view text, mode_t mode) {
  const FileDescriptor out{
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)};
  if (out.get() < 0) return errno;
  while (!text.empty()) {
    const ssize_t written = ::write(out.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  // The mode of open(2) passed through the umask.
  if (::fchmod(out.get(), mode) != 0 || ::fsync(out.get()) != 0) return errno;
  return 0;
}

}  // namespace

void write_file(const fs::path& file, std::string_view text, mode_t mode) {
  // Nobody else writes there.
  int problem = make_missing_folders(file.parent_path(), 0755);
  std::error_code unknown;
  if (problem == 0 && !fs::is_directory(file.parent_path(), unknown)) problem = ENOTDIR;
  if (problem != 0)
    throw_errno(ExitCode::host, problem, "make the folder " + file.parent_path().string());
  const fs::path fresh = file.string() + ".new";
  ::unlink(fresh.c_str());  // of a run that was killed; writers hold a lock
  int failed = write_whole(fresh, text, mode);
  if (failed == 0 && std::rename(fresh.c_str(), file.c_str()) != 0) failed = errno;
  if (failed != 0) {
    ::unlink(fresh.c_str());
    throw_errno(ExitCode::host, failed, "write " + file.string());
  }
  flush_folder_of(file);
}

void restore_file(const fs::path& file, const std::optional<std::string>& text, mode_t mode) {
  if (text)
    write_file(file, *text, mode);
  else
    remove_file(file);
}

void remove_file(const fs::path& file) {
  if (::unlink(file.c_str()) != 0) {
    if (errno == ENOENT) return;
    throw_errno(ExitCode::host, errno, "remove " + file.string());
  }
  flush_folder_of(file);
}

void replace_file(const fs::path& from, const fs::path& to) {
  struct stat old {};
  const FileDescriptor file{::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (file.get() < 0) throw_errno(ExitCode::host, errno, "read " + from.string());
  if (::stat(to.c_str(), &old) == 0 && (::fchmod(file.get(), old.st_mode & 07777) != 0 ||
                                        ::fchown(file.get(), old.st_uid, old.st_gid) != 0))
    throw_errno(ExitCode::host, errno, "give " + from.string() + " the mode of " + to.string());
  if (::fsync(file.get()) != 0) throw_errno(ExitCode::host, errno, "flush " + from.string());
  if (std::rename(from.c_str(), to.c_str()) != 0)
    throw_errno(ExitCode::host, errno, "write " + to.string());
  // It is done; where the folder cannot be flushed a power cut may bring the old file back, whole.
  try {
    flush_folder_of(to);
  } catch (const Error&) {
  }
}

}  // namespace xenlaunch
