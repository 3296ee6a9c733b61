#include "devicemodel/qmp_client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "base/event_loop.h"
#include "base/file_descriptor.h"
#include "devicemodel/device_model.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

const std::string greeting = R"({"QMP": {"version": {}, "capabilities": []}})"
                             "\n";
const std::string ok = "{\"return\": {}}\n";
const std::string event = R"({"event": "NIC_RX_FILTER_CHANGED", "data": {"return": 1}})"
                          "\n";
const std::string chardevs =
    R"({"return": [{"label": "serial0", "filename": "pty:/dev/pts/5", "frontend-open": true}]})"
    "\n";

FileDescriptor listen_at(const std::string& path) {
  FileDescriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(socket.get(), 1) == 0);
  return socket;
}

/// A QEMU that says the first of `words`, then one after each command, and then hangs up.
class FakeQemu {
 public:
  explicit FakeQemu(std::vector<std::string> words)
      : words_{std::move(words)}, listener_{listen_at(socket())}, thread_{[this] { serve(); }} {}
  ~FakeQemu() {
    if (thread_.joinable()) thread_.join();
  }
  std::string socket() const { return tree_.path("qmp"); }
  /// The commands that came, a line each.
  std::string commands() {
    thread_.join();
    return commands_;
  }

 private:
  void serve() {
    const FileDescriptor client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (i > 0 && !read_command(client.get())) return;
      send_all(client.get(), words_[i]);
    }
    read_command(client.get());  // hangs up after the last command, which has no answer
  }
  bool read_command(int client) {
    for (char c = 0; c != '\n'; commands_ += c)
      if (::read(client, &c, 1) != 1) return false;
    return true;
  }
  static void send_all(int client, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  TemporaryTree tree_;
  std::vector<std::string> words_;
  FileDescriptor listener_;
  std::string commands_;
  std::thread thread_;
};

/// Why a QEMU that says `words` could not be asked.
std::string failure(const std::vector<std::string>& words) {
  const FakeQemu qemu{words};
  const std::string error = error_of([&] { query_serial_tty(qemu.socket()); });
  const std::string prefix = "7: cannot ask QEMU over " + qemu.socket() + ": ";
  return error.starts_with(prefix) ? error.substr(prefix.size()) : error;
}

TEST_CASE("QEMU answers once it runs, and is then free for its next client") {
  EventLoop events;
  const std::unique_ptr<DeviceModel> model = make_device_model(events);
  const TemporaryTree tree;
  CHECK_FALSE(model->answers(tree.path("none")));
  FakeQemu qemu{{greeting + event, event + ok}};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  bool has_answered = false;
  do has_answered = model->answers(qemu.socket());
  while (!has_answered && events.wait(deadline) != Event::none);
  CHECK(has_answered);
  // It ends only when its client has gone.
  CHECK(qemu.commands() == "{\"execute\":\"qmp_capabilities\"}\n");
}

TEST_CASE("QEMU is asked for the serial port's pty") {
  FakeQemu qemu{{greeting, ok, chardevs}};
  CHECK(query_serial_tty(qemu.socket()) == "/dev/pts/5");
  CHECK(qemu.commands() == "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"query-chardev\"}\n");
}

TEST_CASE("events before and between the answers are skipped") {
  FakeQemu qemu{{greeting, event + ok, event + event + chardevs + event}};
  CHECK(query_serial_tty(qemu.socket()) == "/dev/pts/5");
}

TEST_CASE("a QEMU that refuses, talks nonsense or hangs up is said to") {
  const std::string error = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n";
  CHECK(failure({greeting, error}) == "it refused qmp_capabilities");
  CHECK(failure({greeting, ok, event + error}) == "it refused query-chardev");
  CHECK(failure({greeting, ok, "garbage\n"}) == "it sent no JSON object");
  CHECK(failure({greeting, ok, "[]\n"}) == "it sent no JSON object");
  CHECK(failure({greeting, ok, "\n"}) == "it sent no JSON object");
  CHECK(failure({greeting, ok}) == "it has hung up");
  CHECK(failure({greeting}) == "it has hung up");
}

TEST_CASE("a QEMU that does not answer is not waited for without end") {
  FakeQemu qemu{{}};  // not even a greeting
  {
    QmpClient client{qemu.socket()};
    CHECK(error_of([&] { client.execute("query-status", std::chrono::seconds{0}); }) ==
          "7: cannot ask QEMU over " + qemu.socket() + ": it did not answer in time");
  }
  CHECK(qemu.commands() == "");
}

TEST_CASE("a QEMU that says something else without end is not listened to without end") {
  const TemporaryTree tree;
  const std::string socket = tree.path("qmp");
  const FileDescriptor listener = listen_at(socket);
  const std::jthread flood{[&listener] {
    const FileDescriptor client{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    const auto say = [&client](const std::string& text) {
      return ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0;
    };
    if (!say(greeting + ok)) return;
    while (say(event)) {
    }
  }};
  QmpClient client{socket};
  CHECK(error_of([&] { client.execute("query-status", std::chrono::seconds{1}); }) ==
        "7: cannot ask QEMU over " + socket + ": it did not answer in time");
}

TEST_CASE("what QEMU says is told in the event loop, a whole line at a time") {
  const std::string long_line = R"({"event": ")" + std::string(5000, 'x') + "\"}\n";
  FakeQemu qemu{{greeting, ok + event + long_line + "half a line"}};
  EventLoop events;
  std::vector<std::string> told;
  QmpClient client{qemu.socket()};
  client.listen(events, [&](std::string_view line) {
    told.push_back(std::string{line} + "\n");
    events.device_model_spoke();
  });
  CHECK(told.empty());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (told.size() < 4 && events.wait(deadline) == Event::device_model_spoke) {
  }
  CHECK(told == std::vector<std::string>{greeting, ok, event, long_line});
}

TEST_CASE("a line without end is not listened to, and neither is a QEMU that was left") {
  FakeQemu qemu{{greeting + std::string(1 << 20, 'x')}};
  EventLoop events;
  std::size_t told = 0;
  {
    QmpClient client{qemu.socket()};
    client.listen(events, [&](std::string_view) { ++told; });
    const auto in = [](int ms) {
      return std::chrono::steady_clock::now() + std::chrono::milliseconds{ms};
    };
    while (told == 0 && events.work_until(in(20000))) {
    }
    while (events.work_until(in(20))) {
    }
  }
  CHECK(told == 1);
  CHECK_FALSE(events.work_until(std::chrono::steady_clock::now()));
}

TEST_CASE("an answer without a pty is said to") {
  CHECK(failure({greeting, ok, ok}) ==
        "7: cannot find the guest's serial port: QEMU names no pty for it");
}

TEST_CASE("an answer without end is not read without end") {
  CHECK(failure({std::string(3 << 20, 'x')}) == "its answer has no end");
}

TEST_CASE("a socket that is not there, or that nobody listens at, is named") {
  const TemporaryTree tree;
  const std::string socket = tree.path("qmp");
  CHECK(error_of([&] { query_serial_tty(socket); }) ==
        "7: cannot ask QEMU over " + socket + ": No such file or directory");
  { const FileDescriptor closed = listen_at(socket); }
  CHECK(error_of([&] { query_serial_tty(socket); }) ==
        "7: cannot ask QEMU over " + socket + ": Connection refused");
}

TEST_CASE("a path too long for a socket is an error like the others") {
  const std::string socket = "/" + std::string(200, 'x');
  CHECK(error_of([&] { query_serial_tty(socket); }) ==
        "7: cannot ask QEMU over " + socket + ": File name too long");
}

}  // namespace
}  // namespace xenlaunch::test
