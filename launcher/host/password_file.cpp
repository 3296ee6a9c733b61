#include "launcher/host/password_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

PasswordFile refused(std::string problem) {
  return {.problem = std::move(problem)};
}

}  // namespace

PasswordFile read_password_file(const std::string& path, std::size_t longest) {
  const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (file.get() < 0) return refused(errno_text(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return refused(errno_text(errno));
  if (!S_ISREG(status.st_mode)) return refused("it is no file");
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refused("others than root can read or replace it");
  std::array<char, 256> content{};
  const ssize_t got = ::read(file.get(), content.data(), content.size());
  if (got < 0) return refused(errno_text(errno));
  std::string password{content.data(), static_cast<std::size_t>(got)};
  password.erase(std::min(password.find('\n'), password.size()));
  if (password.empty()) return refused("its first line is empty");
  if (password.size() > longest)
    return refused(fmt::format("its first line has {} bytes, and only {} would count",
                               password.size(), longest));
  if (!is_printable(password)) return refused("its first line has an unprintable character");
  return {.password = std::move(password)};
}

}  // namespace xenlaunch
