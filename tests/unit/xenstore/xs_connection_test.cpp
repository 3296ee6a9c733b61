#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bitset>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/unix_socket.h"
#include "tests/unit/descriptors_below.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"
#include "tests/unit/xenstore/xs_fixture.h"

namespace xenlaunch::test {
namespace {

/// As SigBlk of /proc/self/task/TID/status: bit 0 is signal 1.
std::bitset<64> blocked_signals(const std::filesystem::path& task) {
  std::ifstream status{task / "status"};
  std::string word;
  while (status >> word && word != "SigBlk:") {
  }
  status >> word;
  return {std::stoull(word, nullptr, 16)};
}

TEST_CASE("the connection is closed with the Store, watched or not") {
  const FakeXenstored folder;
  const std::filesystem::path path = folder.socket().string() + "2";
  const FileDescriptor listener = bind_unix(path, 0600);
  REQUIRE(::listen(listener.get(), 1) == 0);
  make_xs_store(path);
  const FileDescriptor server{::accept(listener.get(), nullptr, nullptr)};
  char byte{};
  CHECK(::recv(server.get(), &byte, 1, MSG_DONTWAIT) == 0);

  FakeXenstored daemon;
  make_xs_store(daemon.socket())->watch("/a");
  daemon.await_client_gone();
}

TEST_CASE("a Store is one connection, whatever else this process has open") {
  const FakeXenstored folder;
  const std::filesystem::path path = folder.socket().string() + "2";
  const FileDescriptor listener = bind_unix(path, 0600);
  REQUIRE(::listen(listener.get(), 2) == 0);
  const std::unique_ptr<Store> store = make_xs_store(path);
  const FileDescriptor server{::accept(listener.get(), nullptr, nullptr)};
  pollfd another{.fd = listener.get(), .events = POLLIN, .revents = 0};
  CHECK(::poll(&another, 1, 0) == 0);
}

/// What a Store says that has `count` descriptors; nothing where they are enough.
std::string said_with_descriptors(int count, const std::filesystem::path& socket) {
  const int first = FileDescriptor{::dup(STDIN_FILENO)}.get();
  const DescriptorsBelow limit{first + count};
  try {
    make_xs_store(socket);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_CASE("too few descriptors are told as what they are, wherever they end") {
  const FakeXenstored folder;
  const std::filesystem::path path = folder.socket().string() + "2";
  const FileDescriptor listener = bind_unix(path, 0600);
  REQUIRE(::listen(listener.get(), 16) == 0);
  int count = 0;
  for (std::string said; !(said = said_with_descriptors(count, path)).empty(); ++count) {
    CAPTURE(said);
    CHECK(said.find(": Too many open files") != std::string::npos);
    REQUIRE(count < 16);
  }
  CHECK(count >= 5);  // more where some below the limit are taken
}

TEST_CASE("what the user has set for other programs of Xen stays as it was") {
  const FakeXenstored daemon;
  ::setenv("XENSTORED_PATH", "/theirs", 1);
  make_xs_store(daemon.socket());
  CHECK(std::string{std::getenv("XENSTORED_PATH")} == "/theirs");
  ::unsetenv("XENSTORED_PATH");
  make_xs_store(daemon.socket());
  CHECK(std::getenv("XENSTORED_PATH") == nullptr);
}

TEST_CASE_FIXTURE(Fixture, "a change is named by the path that was given to watch") {
  store->watch("/a");
  store->watch("@releaseDomain");
  CHECK_FALSE(has_changes());
  daemon.send(FakeXenstored::change("/a") + FakeXenstored::change("@releaseDomain") +
              FakeXenstored::change("/a"));
  CHECK(await_changes(3) == Lines{"/a", "@releaseDomain", "/a"});
  CHECK_FALSE(has_changes());
  CHECK(store->take_changes().empty());
  store->unwatch("/a");
  CHECK(daemon.calls ==
        Lines{"watch /a /a", "watch @releaseDomain @releaseDomain", "unwatch /a /a"});
}

TEST_CASE_FIXTURE(Fixture, "a change that comes with an answer is kept") {
  daemon.nodes = {{"/a", "1"}};
  store->watch("/a");
  daemon.before_answer = FakeXenstored::change("/before");
  daemon.behind_answer = FakeXenstored::change("/behind");
  CHECK(store->read("/a") == "1");
  CHECK(await_changes(2) == Lines{"/before", "/behind"});
  CHECK_FALSE(has_changes());
}

TEST_CASE_FIXTURE(Fixture, "a change that comes in pieces is one change") {
  store->watch("/a");
  const std::string bytes = FakeXenstored::change("/a");
  daemon.send(bytes.substr(0, 5));
  CHECK(store->take_changes().empty());
  daemon.send(bytes.substr(5, 20));
  CHECK(store->take_changes().empty());
  daemon.send(bytes.substr(25));
  CHECK(await_changes(1) == Lines{"/a"});
}

TEST_CASE_FIXTURE(Fixture, "the end of xenstored is told by every call") {
  SUBCASE("watched, by libxenstore's thread") {
    store->watch("/a");
  }
  SUBCASE("not watched") {}
  CHECK_FALSE(has_changes());
  daemon.end();
  CHECK(has_changes());
  const std::string ended = "6: cannot reach xenstored: it has ended";
  CHECK(error_of([&] { store->take_changes(); }) == ended);
  CHECK(error_of([&] { store->read("/a"); }) == ended);
  CHECK(error_of([&] { store->list("/a"); }) == ended);
  CHECK(error_of([&] { store->remove({"/a"}); }) == ended);
  CHECK(error_of([&] { store->write({{"/a", "1", Access::dom0_only}}, 7); }) == ended);
  CHECK(error_of([&] { store->watch("/b"); }) == ended);
  CHECK(error_of([&] { store->unwatch("/b"); }) == ended);
  CHECK(error_of([&] { store->introduce(7, 1, 2); }) == ended);
}

TEST_CASE_FIXTURE(Fixture, "an answer to something else is an error, not a guess") {
  daemon.nodes = {{"/a", "1"}};
  daemon.before_answer = daemon.answer_to_write();
  const std::string reason =
      ": libxenstore did not understand xenstored, and has given up the connection";
  CHECK(error_of([&] { store->read("/a"); }) == "6: cannot read xenstore node /a" + reason);
  // The right one is still to come: none of those that follow is what it looks like.
  CHECK(error_of([&] { store->read("/a"); }) == "6: cannot read xenstore node /a" + reason);
}

TEST_CASE_FIXTURE(Fixture, "a connection that can be used on is kept") {
  daemon.failures = {{"read /b", "EACCES"}};
  CHECK(error_of([&] { store->read("/b"); }) ==
        "6: cannot read xenstore node /b: " + errno_text(EACCES));
  CHECK(store->renew_if_broken() == Connection::intact);
}

TEST_CASE_FIXTURE(Fixture, "a connection that broke is made anew on request, with its watches") {
  daemon.clients = 2;
  daemon.nodes = {{"/a", "1"}};
  SUBCASE("libxenstore gave it up") {
    store->watch("/w");
    store->watch("/given-back");
    store->unwatch("/given-back");
    daemon.before_answer = daemon.answer_to_write();
  }
  SUBCASE("xenstored closed it") {
    store->watch("/w");
    store->watch("/given-back");
    store->unwatch("/given-back");
    daemon.drop_client();
  }
  const int change_fd = store->change_fd();
  CHECK(error_of([&] { store->read("/a"); }).starts_with("6: cannot "));
  CHECK(error_of([&] { store->read("/a"); }).starts_with("6: cannot "));  // not by itself
  daemon.calls.clear();
  CHECK(store->renew_if_broken() == Connection::made_anew);
  CHECK(daemon.calls == Lines{"watch /w /w"});
  CHECK(store->read("/a") == "1");
  CHECK(store->change_fd() == change_fd);
  CHECK_FALSE(has_changes());
  daemon.send(FakeXenstored::change("/w"));
  CHECK(await_changes(1) == Lines{"/w"});
  CHECK(store->renew_if_broken() == Connection::intact);
}

TEST_CASE_FIXTURE(Fixture, "the connection to a xenstored that has ended is lost") {
  store->watch("/w");
  daemon.end();
  CHECK(store->renew_if_broken() == Connection::lost);
  CHECK(error_of([&] { store->read("/a"); }) == "6: cannot reach xenstored: it has ended");
}

TEST_CASE_FIXTURE(Fixture, "a signal that asks to stop does not come to libxenstore's thread") {
  store->watch("/a");
  const auto threads = std::filesystem::directory_iterator{"/proc/self/task"};
  std::size_t blocking = 0;
  for (const auto& thread : threads)
    blocking += blocked_signals(thread.path()).test(SIGTERM - 1) ? 1 : 0;
  CHECK(blocking == 1);
}

}  // namespace
}  // namespace xenlaunch::test
