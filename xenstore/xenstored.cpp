#include "xenstore/xenstored.h"

#include <cerrno>
#include <string>

#include "base/error.h"
#include "base/unix_socket.h"

namespace xenlaunch {

FileDescriptor connect_to(const std::filesystem::path& socket) {
  FileDescriptor connection = connect_unix(socket);
  if (connection.get() >= 0) return connection;
  const std::string reason = errno_text(errno);
  throw Error{ExitCode::xenstore,
              "cannot connect to xenstored at " + socket.string() + ": " + reason +
                  "; is this dom0, and xenstored running? (systemctl start xenstored)"};
}

}  // namespace xenlaunch
