#include "base/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace xenlaunch {
namespace {

FileContent failed(int error) {
  return {.error = error, .reason = errno_text(error)};
}

FileContent no_regular_file() {
  return {.error = ENOTSUP, .reason = "it is not a regular file"};
}

FileContent too_large(const ReadLimit& limit) {
  constexpr std::size_t mib = std::size_t{1} << 20;
  return {.error = EFBIG,
          .reason = limit.most % mib == 0
                        ? fmt::format("it is larger than {} MiB", limit.most / mib)
                        : fmt::format("it is larger than {} bytes", limit.most)};
}

/// The bytes from the file's offset on, one more than `most` at most.
FileContent read_on(int fd, const ReadLimit& limit) {
  std::array<char, 65536> part;
  FileContent content;
  while (content.bytes.size() <= limit.most) {
    const std::size_t room = std::min(part.size(), limit.most + 1 - content.bytes.size());
    const ssize_t got = ::read(fd, part.data(), room);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (got == 0) break;
    content.bytes.append(part.data(), static_cast<std::size_t>(got));
    if (limit.in_one_read) break;
  }
  return content;
}

}  // namespace

FileContent read_file(const std::filesystem::path& file, const ReadLimit& limit) {
  struct stat status {};
  // Looked at first: to open a device may be enough to set it going.
  if (!limit.also_devices) {
    if (::stat(file.c_str(), &status) != 0) return failed(errno);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return no_regular_file();
  }
  const FileDescriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (fd.get() < 0) return failed(errno);
  if (::fstat(fd.get(), &status) != 0) return failed(errno);
  if (S_ISDIR(status.st_mode)) return failed(EISDIR);
  if (!S_ISREG(status.st_mode) && !limit.also_devices) return no_regular_file();
  const auto most = static_cast<off_t>(limit.most);
  if (limit.beyond == ReadLimit::Beyond::is_kept && status.st_size > most &&
      ::lseek(fd.get(), status.st_size - most, SEEK_SET) < 0)
    return failed(errno);
  FileContent content = read_on(fd.get(), limit);
  if (content.bytes.size() <= limit.most) return content;
  if (limit.beyond == ReadLimit::Beyond::is_refused) return too_large(limit);
  content.bytes.resize(limit.most);
  return content;
}

}  // namespace xenlaunch
