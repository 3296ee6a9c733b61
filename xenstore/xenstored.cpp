#include "xenstore/xenstored.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <string>

#include "launcher/base/error.h"
#include "launcher/base/file_descriptor.h"

namespace xenlaunch {

FileDescriptor connect_to(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket.string();
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  FileDescriptor connection{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (connection.get() >= 0 &&
      ::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return connection;
  const std::string reason = errno_text(errno);
  throw Error{ExitCode::xenstore,
              "cannot connect to xenstored at " + path + ": " + reason +
                  "; is this dom0, and xenstored running? (systemctl start xenstored)"};
}

void require_xenstored(const std::filesystem::path& socket) {
  connect_to(socket);
}

}  // namespace xenlaunch
