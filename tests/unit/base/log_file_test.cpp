#include "base/log_file.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <regex>
#include <thread>
#include <tuple>

#include "devicemodel/last_words.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

bool readable(int fd) {
  pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) == 1;
}

TEST_CASE("the launcher's lines bear the time and no control characters") {
  const TemporaryTree tree;
  LogFile log{tree.path("logs/vm.log")};
  log.say("a\033[2J\x7f\nb");
  const std::string time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ xenlaunch: ";
  CHECK(std::regex_match(tree.read("logs/vm.log"),
                         std::regex{time + "a\\\\x1b\\[2J\\\\x7f\n" + time + "b\n"}));
}

TEST_CASE("a log and its folder are closed to others whatever the umask") {
  const TemporaryTree tree;
  const mode_t before = ::umask(0);
  LogFile log{tree.path("logs/vm.log")};
  ::umask(before);
  const auto mode_of = [&tree](const char* name) {
    return static_cast<int>(std::filesystem::status(tree.path(name)).permissions());
  };
  CHECK(mode_of("logs") == 0700);
  CHECK(mode_of("logs/vm.log") == 0600);
  // One that was there already, too.
  tree.write("logs/old.log", "");
  REQUIRE(::chmod(tree.path("logs/old.log").c_str(), 0664) == 0);
  LogFile{tree.path("logs/old.log")}.close_to_others();
  CHECK(mode_of("logs/old.log") == 0600);
}

TEST_CASE("a log that is too long keeps its end in LOG.1, and its writers go on") {
  const TemporaryTree tree;
  LogFile log{tree.path("log")};
  const FileDescriptor other = open_log(tree.path("log"));
  const std::string end(LogFile::max_bytes, 'y');
  const std::string all = "xxx" + end;
  REQUIRE(::write(other.get(), end.data(), end.size()) == static_cast<ssize_t>(end.size()));
  CHECK_FALSE(log.keep_bounded());
  REQUIRE(::ftruncate(other.get(), 0) == 0);
  REQUIRE(::write(other.get(), all.data(), all.size()) == static_cast<ssize_t>(all.size()));
  CHECK(log.keep_bounded());
  CHECK((tree.read("log.1") == end));
  REQUIRE(::write(other.get(), "on\n", 3) == 3);
  CHECK(tree.read("log") == "on\n");
}

TEST_CASE("a log whose end can be kept nowhere else keeps it, and says so") {
  const TemporaryTree tree;
  tree.write("log.1/in/the/way", "");
  LogFile log{tree.path("log")};
  const std::string all = std::string(LogFile::max_bytes, 'y') + "\nthe last line\n";
  const FileDescriptor other = open_log(tree.path("log"));
  REQUIRE(::write(other.get(), all.data(), all.size()) == static_cast<ssize_t>(all.size()));
  CHECK(log.keep_bounded());
  const std::string now = tree.read("log");
  CHECK(now.size() < 40000);
  CHECK(now.find("xenlaunch: cannot keep what was before this in " + tree.path("log.1") + ": ") ==
        21);
  CHECK(now.ends_with("y\nthe last line\n"));
}

TEST_CASE("a log that is written to meanwhile is bounded all the same") {
  const TemporaryTree tree;
  LogFile log{tree.path("log")};
  const FileDescriptor other = open_log(tree.path("log"));
  std::atomic<bool> enough = false;
  std::jthread writer{[&] {
    const std::string much(LogFile::max_bytes / 4, 'x');
    while (!enough) std::ignore = ::write(other.get(), much.data(), much.size());
  }};
  for (int times = 0; times < 10;) {
    if (!log.keep_bounded()) continue;
    ++times;
    CHECK(std::filesystem::file_size(tree.path("log.1")) == LogFile::max_bytes);
  }
  enough = true;
}

TEST_CASE("a log that grew is readable until that is taken") {
  const TemporaryTree tree;
  LogFile log{tree.path("log")};
  log.take_changes();
  CHECK_FALSE(readable(log.change_fd()));
  log.say("x");
  CHECK(readable(log.change_fd()));
  log.take_changes();
  CHECK_FALSE(readable(log.change_fd()));
}

TEST_CASE("the last words are not the launcher's own, of the hold, or from before the run") {
  const TemporaryTree tree;
  tree.write("log",
             "old\n2026-11-24T19:15:00Z xenlaunch: mine\n"
             "qemu: -chardev socket,fd=0: info: QEMU waiting for connection on: x\nnew\n");
  CHECK(last_words_of(tree.path("log")) == "old; new");
  CHECK(last_words_of(tree.path("log"), 4) == "new");
  CHECK(last_words_of(tree.path("log"), 1000) == "old; new");
}

}  // namespace
}  // namespace xenlaunch::test
