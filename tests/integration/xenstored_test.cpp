#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "xenstore/store.h"

namespace xenlaunch {
namespace {

struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "xenstored.XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST_CASE("a xenstored that is not running is named, and how to start it") {
  const TemporaryDirectory directory;
  const std::string socket = directory.path / "socket";
  const std::string remedy =
      "; is this dom0, and are Xen's daemons running? (`systemctl start xen` on Debian)";
  CHECK_THROWS_WITH_AS(
      make_xs_store(socket),
      ("cannot connect to xenstored at " + socket + ": No such file or directory" + remedy).c_str(),
      Error);

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  const FileDescriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK_THROWS_WITH_AS(
      make_xs_store(socket),
      ("cannot connect to xenstored at " + socket + ": Connection refused" + remedy).c_str(),
      Error);
  REQUIRE(::listen(listener.get(), 1) == 0);
  CHECK_NOTHROW(make_xs_store(socket));
}

}  // namespace
}  // namespace xenlaunch
