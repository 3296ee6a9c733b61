#include "launcher/config/yaml_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/text.h"
#include "launcher/config/yaml_text.h"

namespace xenlaunch {
namespace {

/// At most one buffer more than such a file may have: enough to refuse one that grew since fstat,
/// or an endless one.
std::string read_all(int fd, const std::string& file, const YamlFileKind& kind) {
  std::string text;
  std::array<char, 65536> buffer;
  while (text.size() <= max_yaml_file_bytes) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_unreadable(file, kind, errno_text(errno));
    if (count == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

void throw_unreadable(const std::string& file, const YamlFileKind& kind,
                      const std::string& reason) {
  throw Error{kind.error, fmt::format("cannot read {} {}: {}", kind.name, printable(file), reason)};
}

std::optional<std::string> read_yaml_file(const std::string& file, const YamlFileKind& kind) {
  // Opening a FIFO would wait for a writer, and a terminal could become ours.
  const FileDescriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (fd.get() < 0 && errno == ENOENT) return std::nullopt;
  if (fd.get() < 0) throw_unreadable(file, kind, errno_text(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_unreadable(file, kind, errno_text(errno));
  if (S_ISDIR(status.st_mode)) throw_unreadable(file, kind, errno_text(EISDIR));
  if (!S_ISREG(status.st_mode)) throw_unreadable(file, kind, "it is not a regular file");
  if (status.st_size > static_cast<off_t>(max_yaml_file_bytes)) {
    throw_unreadable(file, kind,
                     fmt::format("it is {} bytes large; expected at most 1 MiB", status.st_size));
  }
  return read_all(fd.get(), file, kind);
}

void read_yaml_text(std::string_view text, const YamlFileKind& kind, Problems& problems,
                    const std::function<void(const Field& root)>& read) {
  text = without_byte_order_mark(text);
  check_yaml_text(text, problems);
  if (!problems.empty()) return;
  const std::optional<YamlNode> root = parse_yaml(text, kind, problems);
  if (root) read(Field{*root, "", problems});
}

void parse_yaml_file(std::string_view text, const std::string& file, const YamlFileKind& kind,
                     const std::function<void(const Field& root)>& read) {
  Problems problems;
  read_yaml_text(text, kind, problems, read);
  problems.throw_if_any(file, kind.error);
}

}  // namespace xenlaunch
