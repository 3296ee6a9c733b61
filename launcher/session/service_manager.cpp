#include "launcher/session/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/file_descriptor.h"

namespace xenlaunch {
namespace {

/// Empty where nobody waits.
std::string_view socket_name() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  return name == nullptr ? std::string_view{} : std::string_view{name};
}

}  // namespace

void notify_service_manager(std::string_view state) noexcept {
  const std::string_view name = socket_name();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A path ends with a NUL, for which room is left; an abstract name begins with one.
  if (name.size() < 2 || name.size() >= sizeof address.sun_path) return;
  if (name[0] != '/' && name[0] != '@') return;
  std::memcpy(address.sun_path, name.data(), name.size());
  std::size_t length = offsetof(sockaddr_un, sun_path) + name.size();
  if (name[0] == '@')
    address.sun_path[0] = '\0';
  else
    ++length;

  const FileDescriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (socket.get() < 0) return;
  ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length));
}

}  // namespace xenlaunch
