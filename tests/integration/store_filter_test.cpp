// What is between xenstored and a QEMU that serves disks.
#include "xenstore/filter.h"

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstring>
#include <semaphore>
#include <sstream>
#include <thread>
#include <vector>

#include "base/unix_socket.h"
#include "tests/integration/shell.h"

namespace xenlaunch::test {
namespace {

using namespace std::string_literals;

/// A message without what only the filter looks at.
struct Told {
  std::uint32_t type{};
  std::string body;
  friend bool operator==(const Told&, const Told&) = default;
};

void tell(const FileDescriptor& socket, const Told& message) {
  const xsd_sockmsg header{.type = message.type,
                           .req_id = 5,
                           .tx_id = 0,
                           .len = static_cast<std::uint32_t>(message.body.size())};
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes += message.body;
  REQUIRE(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

/// The next message, which is the answer to what tell() has told; type 0: the other side has gone.
Told hear(const FileDescriptor& socket) {
  xsd_sockmsg header{};
  if (::recv(socket.get(), &header, sizeof header, MSG_WAITALL) != sizeof header) return {};
  CHECK(header.req_id == 5);
  CHECK(header.tx_id == 0);
  Told message{.type = header.type, .body = std::string(header.len, '\0')};
  if (header.len > 0)
    REQUIRE(::recv(socket.get(), message.body.data(), header.len, MSG_WAITALL) == header.len);
  return message;
}

std::array<FileDescriptor, 2> make_pair() {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  return {FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
}

/// A filter for the disk 768 of domain 7, with a QEMU that has connected, and its xenstored.
class Filtered {
 public:
  Filtered() {
    REQUIRE(::listen(socket_.get(), 64) == 0);
    filter_ = std::thread{[this] {
      serve_store_filter(
          socket_, {.domid = 7, .disks = {"768"}},
          {.connect =
               [this] {
                 auto [ours, its] = make_pair();
                 stores_.push_back(std::move(ours));
                 has_store_.release();
                 return std::move(its);
               },
           .end_of =
               [this](const FileDescriptor&) { return FileDescriptor{::dup(qemu_[1].get())}; },
           .is_awaited = [this] { return !is_given_up_; }},
          log_);
    }};
  }
  ~Filtered() { end(); }

  /// One more connection of the QEMU's.
  FileDescriptor connect() { return connect_unix(tree_.path("xenstore")); }
  /// The first, with its xenstored.
  const FileDescriptor& client() {
    if (client_.get() < 0) {
      client_ = connect();
      has_store_.acquire();
    }
    return client_;
  }
  const FileDescriptor& xenstored() {
    client();
    return stores_.front();
  }

  /// What the client is told when it says that and xenstored, if it hears it, answers so.
  Told ask(const Told& request, const Told& answer) {
    tell(client(), request);
    CHECK(hear(xenstored()) == request);
    tell(xenstored(), answer);
    return hear(client());
  }
  Told ask(const Told& request) {
    tell(client(), request);
    return hear(client());
  }

  void give_up() { is_given_up_ = true; }
  /// Has the QEMU end, and waits until the filter has. Returns what it has said.
  std::string end() {
    qemu_[0] = {};
    is_given_up_ = true;
    if (filter_.joinable()) filter_.join();
    return log_.str();
  }

 private:
  testing::TemporaryTree tree_;
  FileDescriptor socket_ = bind_unix(tree_.path("xenstore"), 0600);
  FileDescriptor client_;
  std::array<FileDescriptor, 2> qemu_ = make_pair();  ///< the second is readable once it ends
  std::vector<FileDescriptor> stores_;
  std::counting_semaphore<> has_store_{0};
  std::atomic<bool> is_given_up_ = false;
  std::ostringstream log_;
  std::thread filter_;
};

const std::string state = "backend/qdisk/7/768/state";

TEST_CASE("who serves disks talks to xenstored about them alone") {
  Filtered filtered;
  const Told value{XS_READ, "2"};
  CHECK(filtered.ask({XS_READ, state + '\0'}, value) == value);
  CHECK(filtered.ask({XS_READ, "/libxl\0"s}) == Told{XS_ERROR, "EACCES\0"s});
  CHECK(filtered.ask({XS_WRITE, "device-model/7/state\0running"s}) == Told{XS_WRITE, "OK\0"s});
  CHECK(filtered.ask({XS_WRITE, "backend/vbd/7/768/params\0\x1b[1m"s}) ==
        Told{XS_ERROR, "EACCES\0"s});
  CHECK(filtered.ask({XS_INTRODUCE, "7\0"s}) == Told{XS_ERROR, "EACCES\0"s});
  const Told error{XS_ERROR, "ENOENT\0"s};
  CHECK(filtered.ask({XS_DIRECTORY, "backend/qdisk/7\0"s}, error) == error);
  CHECK(filtered.end() ==
        "xenlaunch: what serves the paravirtual disks may not read '/libxl' in xenstore\n"
        "xenlaunch: what serves the paravirtual disks may not write 'backend/vbd/7/768/params' in "
        "xenstore\n"
        "xenlaunch: what serves the paravirtual disks may not ask for 8 of '7' in xenstore\n");
}

TEST_CASE("who serves disks learns of no other changes") {
  Filtered filtered;
  tell(filtered.xenstored(), {XS_WATCH_EVENT, "backend/qdisk/8/768/state\0token\0"s});
  tell(filtered.xenstored(), {XS_WATCH_EVENT, "/libxl\0token\0"s});
  tell(filtered.xenstored(), {XS_WATCH_EVENT, state + "\0token\0"s});
  CHECK(hear(filtered.client()) == Told{XS_WATCH_EVENT, state + "\0token\0"s});
  CHECK(filtered.end().empty());
}

TEST_CASE("who serves disks has as many connections as it needs") {
  Filtered filtered;
  const Told read{XS_READ, state + '\0'};
  std::vector<FileDescriptor> clients;
  for (int i = 0; i < 11; ++i) clients.push_back(filtered.connect());
  for (int i = 0; i < 10; ++i) {
    CAPTURE(i);
    tell(clients.at(static_cast<std::size_t>(i)), {XS_READ, "/libxl\0"s});
    CHECK(hear(clients.at(static_cast<std::size_t>(i))) == Told{XS_ERROR, "EACCES\0"s});
  }
  // It waits until another one goes.
  tell(clients.at(10), {XS_READ, "/libxl\0"s});
  std::array<char, 1> more{};
  CHECK(::recv(clients.at(10).get(), more.data(), 1, MSG_DONTWAIT) == -1);
  clients.at(3) = {};
  CHECK(hear(clients.at(10)) == Told{XS_ERROR, "EACCES\0"s});
}

TEST_CASE("a filter ends with the QEMU, and not with its connections") {
  Filtered filtered;
  const FileDescriptor second = filtered.connect();
  ::shutdown(filtered.client().get(), SHUT_RDWR);
  tell(second, {XS_READ, "/libxl\0"s});
  CHECK(hear(second) == Told{XS_ERROR, "EACCES\0"s});
  CHECK(filtered.end().find("'/libxl'") != std::string::npos);
}

TEST_CASE("a filter to which nobody comes ends, too") {
  Filtered filtered;
  filtered.give_up();
  CHECK(filtered.end().empty());
}

TEST_CASE("who does not speak xenstore's protocol, or does not listen, is let go") {
  SUBCASE("a message that is too long") {
    Filtered filtered;
    const xsd_sockmsg header{.type = XS_READ, .req_id = 5, .tx_id = 0, .len = 4097};
    REQUIRE(::send(filtered.client().get(), &header, sizeof header, 0) == sizeof header);
    CHECK(hear(filtered.client()) == Told{});
  }
  SUBCASE("answers that nobody reads") {
    Filtered filtered;
    const Told event{XS_WATCH_EVENT, state + '\0' + std::string(4000, 'x') + '\0'};
    for (int i = 0; i < 1000; ++i) {
      const xsd_sockmsg header{.type = event.type,
                               .req_id = 0,
                               .tx_id = 0,
                               .len = static_cast<std::uint32_t>(event.body.size())};
      if (::send(filtered.xenstored().get(), &header, sizeof header, MSG_NOSIGNAL) < 0 ||
          ::send(filtered.xenstored().get(), event.body.data(), event.body.size(), MSG_NOSIGNAL) <
              0)
        return;
    }
    FAIL("it is listened to");
  }
  SUBCASE("xenstored has gone") {
    Filtered filtered;
    ::shutdown(filtered.xenstored().get(), SHUT_RDWR);
    CHECK(hear(filtered.client()) == Told{});
  }
}

TEST_CASE("a filter that has no socket to listen at says so") {
  const FileDescriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  std::ostringstream log;
  CHECK(error_of([&] {
          serve_store_filter(null, {.domid = 7, .disks = {"768"}},
                             {.connect = [] { return FileDescriptor{}; },
                              .end_of = [](const FileDescriptor&) { return FileDescriptor{}; },
                              .is_awaited = [] { return true; }},
                             log);
        }) ==
        "1: cannot listen to what serves the paravirtual disks: Socket operation on "
        "non-socket");
}

}  // namespace
}  // namespace xenlaunch::test
