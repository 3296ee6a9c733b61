#include "base/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace xenlaunch {

FileDescriptor sealed_memory(const std::string& name, std::string_view content) {
  const auto fail = [&] { throw_errno(ExitCode::host, errno, "keep " + name + " in memory"); };
  FileDescriptor file{::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (file.get() < 0) fail();
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0) fail();
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file.get(), F_ADD_SEALS, seals) != 0) fail();
  return file;
}

}  // namespace xenlaunch
