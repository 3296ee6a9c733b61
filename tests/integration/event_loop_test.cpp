#include "base/event_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "tests/fakes/fake_xenstored.h"
#include "tests/unit/print.h"
#include "xenstore/store.h"

namespace xenlaunch::test {
namespace {

Events::Deadline now() {
  return std::chrono::steady_clock::now();
}

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    reader = FileDescriptor{ends[0]};
    writer = FileDescriptor{ends[1]};
  }
  void fill() const { REQUIRE(::write(writer.get(), "x", 1) == 1); }
  void drain() const {
    char byte{};
    REQUIRE(::read(reader.get(), &byte, 1) == 1);
  }
};

TEST_CASE("a request to stop is reported once and remembered") {
  for (const int signal : {SIGTERM, SIGINT}) {
    EventLoop events;
    CHECK(events.stop_signal() == std::nullopt);
    ::raise(signal);
    CHECK(events.wait(std::nullopt) == Event::stop_requested);
    CHECK(events.wait(now()) == Event::none);
    CHECK(events.stop_signal() == signal);
  }
}

TEST_CASE("a request to stop that was asked for is still reported") {
  EventLoop events;
  ::raise(SIGTERM);
  CHECK(events.stop_signal() == SIGTERM);
  CHECK(events.wait(std::nullopt) == Event::stop_requested);
}

TEST_CASE("an impatient second signal changes nothing, whenever it comes") {
  EventLoop events;
  ::raise(SIGTERM);
  CHECK(events.stop_signal() == SIGTERM);
  ::raise(SIGINT);
  CHECK(events.wait(now() /* both have come */) == Event::stop_requested);
  ::raise(SIGINT);
  CHECK(events.wait(now()) == Event::none);
  CHECK(events.stop_signal() == SIGTERM);
}

TEST_CASE("a deadline that passes ends the wait") {
  EventLoop events;
  CHECK(events.wait(now()) == Event::none);
  CHECK(events.wait(*now() + std::chrono::milliseconds{2}) == Event::none);
  CHECK(events.wait(*now() - std::chrono::hours{1}) == Event::none);
}

TEST_CASE("a source that floods keeps no signal from being seen, is slowed, and told of once") {
  const Pipe flood;
  flood.fill();  // and never drained
  EventLoop events;
  int calls = 0;
  int floods = 0;
  const auto watch = events.watch(
      flood.reader.get(),
      [&calls] {
        ++calls;
        return true;
      },
      [&floods] { ++floods; });
  CHECK(events.stop_signal() == std::nullopt);
  CHECK(events.wait(*now() + std::chrono::milliseconds{250}) == Event::none);
  CHECK(calls >= 50);
  CHECK(calls <= 50 * 4);
  CHECK(floods == 1);
  ::raise(SIGTERM);
  CHECK(events.wait(*now() + std::chrono::seconds{5}) == Event::stop_requested);
}

TEST_CASE("what a flood tells does not keep a signal from being seen") {
  const Pipe flood;
  const Pipe store;
  flood.fill();
  store.fill();
  EventLoop events;
  events.watch_store(store.reader.get());
  const auto watch = events.watch(flood.reader.get(), [&events] {
    events.device_model_spoke();
    return true;
  });
  ::raise(SIGTERM);
  int before = 0;
  while (events.wait(*now() + std::chrono::seconds{5}) != Event::stop_requested) ++before;
  CHECK(before < 100);
}

TEST_CASE("a store that floods is slowed, and told of once") {
  const Pipe store;
  store.fill();
  EventLoop events;
  int floods = 0;
  events.watch_store(store.reader.get(), [&floods] { ++floods; });
  int changes = 0;
  const auto end = *now() + std::chrono::milliseconds{250};
  while (events.wait(end) == Event::store_changed) ++changes;
  CHECK(changes >= 50);
  CHECK(changes <= 50 * 4);
  CHECK(floods == 1);
}

TEST_CASE("a watch that goes while its source is slowed is called no more") {
  const Pipe flood;
  flood.fill();
  EventLoop events;
  int calls = 0;
  auto watch = events.watch(flood.reader.get(), [&calls] {
    ++calls;
    return true;
  });
  while (calls < 50 && events.work_until(*now() + std::chrono::seconds{5})) {
  }
  watch.reset();
  CHECK(events.wait(*now() + std::chrono::milliseconds{150}) == Event::none);
  CHECK(calls == 50);
}

TEST_CASE("what has happened is reported although the deadline has passed") {
  EventLoop events;
  ::raise(SIGTERM);
  CHECK(events.wait(*now() - std::chrono::hours{1}) == Event::stop_requested);
}

TEST_CASE("a change in the store is reported as long as it is not taken") {
  const Pipe store;
  EventLoop events;
  events.watch_store(store.reader.get());
  CHECK(events.wait(now()) == Event::none);
  store.fill();
  CHECK(events.wait(std::nullopt) == Event::store_changed);
  CHECK(events.wait(std::nullopt) == Event::store_changed);
  store.drain();
  while (events.wait(now()) != Event::none) {
  }
  store.fill();
  CHECK(events.wait(std::nullopt) == Event::store_changed);
}

TEST_CASE("what xenstored tells is an event, be it with an answer, and so is its end") {
  FakeXenstored daemon;
  const std::unique_ptr<Store> store = make_xs_store(daemon.socket());
  EventLoop events;
  events.watch_store(store->change_fd());
  store->watch("/a");
  CHECK(events.wait(now()) == Event::none);

  daemon.send(FakeXenstored::change("/a"));
  CHECK(events.wait(std::nullopt) == Event::store_changed);
  CHECK(store->take_changes() == std::vector<std::string>{"/a"});
  while (events.wait(now()) != Event::none) {
  }
  daemon.nodes["/n"] = "1";
  daemon.behind_answer = FakeXenstored::change("/b");
  CHECK(store->read("/n") == "1");
  CHECK(events.wait(std::nullopt) == Event::store_changed);
  CHECK(store->take_changes() == std::vector<std::string>{"/b"});
  while (events.wait(now()) != Event::none) {
  }
  daemon.end();
  CHECK(events.wait(std::nullopt) == Event::store_changed);
  CHECK_THROWS_AS(store->take_changes(), Error);
}

TEST_CASE("a new store takes the place of the old one, and both stay their owners'") {
  const Pipe one;
  const Pipe two;
  {
    EventLoop events;
    events.watch_store(one.reader.get());
    one.fill();
    events.watch_store(two.reader.get());
    CHECK(events.wait(now()) == Event::none);
    two.fill();
    CHECK(events.wait(std::nullopt) == Event::store_changed);
  }
  CHECK(::fcntl(one.reader.get(), F_GETFD) >= 0);
  CHECK(::fcntl(two.reader.get(), F_GETFD) >= 0);
}

TEST_CASE("the store of a restarted guest may have the number of the one before it") {
  EventLoop events;
  int number = -1;
  {
    const Pipe before;
    number = before.reader.get();
    events.watch_store(number);
    CHECK(events.wait(now()) == Event::none);
  }
  const Pipe after;
  REQUIRE(after.reader.get() == number);
  events.watch_store(number);
  CHECK(events.wait(now()) == Event::none);
  after.fill();
  CHECK(events.wait(*now() + std::chrono::seconds{5}) == Event::store_changed);
}

TEST_CASE("the end of QEMU is reported once, and not that of one before it") {
  EventLoop events;
  events.device_model_ended();
  CHECK(events.wait(now()) == Event::device_model_ended);
  CHECK(events.wait(now()) == Event::none);
  events.device_model_ended();
  events.device_model_started();
  CHECK(events.wait(now()) == Event::none);
}

}  // namespace
}  // namespace xenlaunch::test
