#include "launcher/session/service_manager.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/file_descriptor.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

/// In the place of systemd: $NOTIFY_SOCKET names it while it lives.
class ServiceManager {
 public:
  explicit ServiceManager(const std::string& name)
      : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(name.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, name.data(), name.size());
    std::size_t length = offsetof(sockaddr_un, sun_path) + name.size();
    if (name[0] == '@')
      address.sun_path[0] = '\0';
    else
      ++length;
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(length)) == 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager() { ::unsetenv("NOTIFY_SOCKET"); }

  /// The next message; "(none)" where there is none.
  std::string heard() const {
    std::array<char, 256> buffer{};
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "(none)" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  FileDescriptor socket_;
};

TEST_CASE(
    "the service manager hears each state as one message, on a path and on an abstract name") {
  const TemporaryTree tree;
  for (const std::string& name :
       {tree.path("notify"), "@xenlaunch-test-" + std::to_string(::getpid())}) {
    CAPTURE(name);
    const ServiceManager manager{name};
    notify_service_manager("READY=1\nSTATUS=domain 3 runs");
    notify_service_manager("STOPPING=1");
    CHECK(manager.heard() == "READY=1\nSTATUS=domain 3 runs");
    CHECK(manager.heard() == "STOPPING=1");
    CHECK(manager.heard() == "(none)");
  }
}

TEST_CASE("without a service manager nobody is told, and nothing happens") {
  ::unsetenv("NOTIFY_SOCKET");
  notify_service_manager("READY=1");
  ::setenv("NOTIFY_SOCKET", "", 1);
  for (const std::string& name :
       {std::string{"/nonexistent/notify"}, std::string{"relative"}, std::string{"vsock:2:1"},
        std::string{"@"}, std::string(200, '/')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    notify_service_manager("READY=1");
  }
  ::unsetenv("NOTIFY_SOCKET");
}

TEST_CASE("a service manager that does not listen is not waited for") {
  const TemporaryTree tree;
  const ServiceManager manager{tree.path("notify")};
  // The queue of a datagram socket holds net.unix.max_dgram_qlen messages, 10 to some hundreds.
  for (int i = 0; i < 5000; ++i) notify_service_manager("WATCHDOG=1");
  CHECK(manager.heard() == "WATCHDOG=1");
}

}  // namespace
}  // namespace xenlaunch::test
