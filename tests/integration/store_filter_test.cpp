// What is between xenstored and a QEMU that serves disks.
#include "xenstore/filter.h"

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <sstream>
#include <thread>

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
                           .tx_id = 6,
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
  CHECK(header.tx_id == 6);
  Told message{.type = header.type, .body = std::string(header.len, '\0')};
  if (header.len > 0)
    REQUIRE(::recv(socket.get(), message.body.data(), header.len, MSG_WAITALL) == header.len);
  return message;
}

/// A filter for the disk 768 of domain 7, with one who has connected, and the xenstored of that.
class Filtered {
 public:
  Filtered() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    xenstored_ = FileDescriptor{ends[0]};
    its_xenstored_ = FileDescriptor{ends[1]};
    const std::string path = tree_.path("xenstore");
    socket_ = bind_unix(path, 0600);
    REQUIRE(::listen(socket_.get(), 4) == 0);
    client_ = connect_unix(path);
    filter_ = std::thread{[this] {
      serve_store_filter(
          socket_, {.domid = 7, .disks = {"768"}}, [this] { return std::move(its_xenstored_); },
          log_, std::chrono::milliseconds{1});
    }};
  }
  ~Filtered() { end(); }

  const FileDescriptor& client() const { return client_; }
  const FileDescriptor& xenstored() const { return xenstored_; }

  /// What the client is told when it says that and xenstored, if it hears it, answers so.
  Told ask(const Told& request, const Told& answer) {
    tell(client_, request);
    CHECK(hear(xenstored_) == request);
    tell(xenstored_, answer);
    return hear(client_);
  }
  Told ask(const Told& request) {
    tell(client_, request);
    return hear(client_);
  }

  /// Has the client go, and waits until the filter has ended. Returns what it has said.
  std::string end() {
    client_ = {};
    if (filter_.joinable()) filter_.join();
    return log_.str();
  }

 private:
  testing::TemporaryTree tree_;
  FileDescriptor socket_, client_, xenstored_, its_xenstored_;
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

TEST_CASE("who serves disks cannot have xenstored grow") {
  Filtered filtered;
  const Told watch{XS_WATCH, state + "\0token\0"s};
  const Told unwatch{XS_UNWATCH, watch.body};
  const Told done{XS_WATCH, "OK\0"s};
  const Told no{XS_ERROR, "EACCES\0"s};
  for (int i = 0; i < 64; ++i) REQUIRE(filtered.ask(watch, done) == done);
  CHECK(filtered.ask(watch) == no);
  // One that has failed has taken nothing, or given nothing back.
  const Told failed{XS_ERROR, "ENOENT\0"s};
  CHECK(filtered.ask(unwatch, failed) == failed);
  CHECK(filtered.ask(watch) == no);
  const Told undone{XS_UNWATCH, "OK\0"s};
  CHECK(filtered.ask(unwatch, undone) == undone);
  CHECK(filtered.ask(watch, failed) == failed);
  CHECK(filtered.ask(watch, done) == done);
  CHECK(filtered.ask(watch) == no);

  const Told begin{XS_TRANSACTION_START, "\0"s};
  const Told begun{XS_TRANSACTION_START, "1\0"s};
  for (int i = 0; i < 4; ++i) REQUIRE(filtered.ask(begin, begun) == begun);
  CHECK(filtered.ask(begin) == no);
  const Told ended{XS_TRANSACTION_END, "OK\0"s};
  CHECK(filtered.ask({XS_TRANSACTION_END, "F\0"s}, ended) == ended);
  CHECK(filtered.ask(begin, begun) == begun);
  CHECK(filtered.ask(begin) == no);
}

TEST_CASE("who asks for more at a time has it one by one") {
  Filtered filtered;
  const Told read{XS_READ, state + '\0'};
  tell(filtered.client(), read);
  tell(filtered.client(), read);
  CHECK(hear(filtered.xenstored()) == read);
  std::array<char, 1> more{};
  CHECK(::recv(filtered.xenstored().get(), more.data(), 1, MSG_DONTWAIT) == -1);
  tell(filtered.xenstored(), {XS_READ, "1"});
  CHECK(hear(filtered.client()) == Told{XS_READ, "1"});
  CHECK(hear(filtered.xenstored()) == read);
}

TEST_CASE("who does not speak xenstore's protocol, or does not listen, is let go") {
  SUBCASE("a message that is too long") {
    Filtered filtered;
    const xsd_sockmsg header{.type = XS_READ, .req_id = 5, .tx_id = 6, .len = 4097};
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

}  // namespace
}  // namespace xenlaunch::test
