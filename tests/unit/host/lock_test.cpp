#include "launcher/host/lock.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "base/error.h"
#include "launcher/host/locks.h"
#include "launcher/host/program.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch {
namespace {

using testing::TemporaryTree;

TEST_CASE("a lock makes its directory and says who holds it") {
  const TemporaryTree tree;
  const mode_t umask_before = ::umask(0);
  const Lock lock{tree.root() / "run/xenlaunch", "win10", "xenlaunch run win10", "start win10"};
  ::umask(umask_before);
  CHECK(tree.read("run/xenlaunch/win10.lock") ==
        std::to_string(::getpid()) + " xenlaunch run win10\n");
  struct stat directory {};
  REQUIRE(::stat(tree.path("run/xenlaunch").c_str(), &directory) == 0);
  CHECK((directory.st_mode & 0777) == 0755);
}

TEST_CASE("a second claim names the holder, and is granted once the first is gone") {
  const TemporaryTree tree;
  std::optional<Lock> first{std::in_place, tree.root(), "win10", "xenlaunch run win10 --paused",
                            "start win10"};
  const std::string refusal = "cannot stop win10: process " + std::to_string(::getpid()) +
                              " (xenlaunch run win10 --paused) holds it";
  CHECK_THROWS_WITH_AS(Lock(tree.root(), "win10", "xenlaunch stop", "stop win10"), refusal.c_str(),
                       Error);
  CHECK_NOTHROW(Lock(tree.root(), "0000:01:00.0", "xenlaunch stop", "stop win10"));
  first.reset();
  CHECK_NOTHROW(Lock(tree.root(), "win10", "short", "stop win10"));
  CHECK(tree.read("win10.lock") == std::to_string(::getpid()) + " short\n");
}

TEST_CASE("a holder whose file says nothing usable is another process") {
  const TemporaryTree tree;
  for (const char* content : {"", "1234", "\x1b[2J x\n", "12a4 xenlaunch\n"}) {
    tree.write("win10.lock", content);
    const FileDescriptor other{::open(tree.path("win10.lock").c_str(), O_RDWR | O_CLOEXEC)};
    REQUIRE(::flock(other.get(), LOCK_EX | LOCK_NB) == 0);
    CHECK_THROWS_WITH_AS(Lock(tree.root(), "win10", "x", "start win10"),
                         "cannot start win10: another process holds it", Error);
  }
}

TEST_CASE("a lock that cannot be had names the cause") {
  const TemporaryTree tree;
  CHECK_THROWS_WITH_AS(Lock(tree.root(), "../win10", "x", "start it"),
                       "cannot start it: '../win10' cannot name a lock", Error);
  CHECK_THROWS_WITH_AS(Lock(tree.root(), "", "x", "start it"),
                       "cannot start it: '' cannot name a lock", Error);
  tree.link("link.lock", "elsewhere");
  CHECK_THROWS_WITH_AS(Lock(tree.root(), "link", "x", "start it"),
                       ("cannot start it: opening " + tree.path("link.lock") +
                        " failed: Too many levels of symbolic links")
                           .c_str(),
                       Error);
  CHECK_FALSE(std::filesystem::exists(tree.root() / "elsewhere"));
  tree.write("file", "");
  CHECK_THROWS_WITH_AS(
      Lock(tree.root() / "file/run", "win10", "x", "start it"),
      ("cannot start it: making " + tree.path("file/run") + " failed: Not a directory").c_str(),
      Error);
}

TEST_CASE("a shared lock is held until the last program that was started with it ends") {
  const TemporaryTree tree;
  const std::string fifo = tree.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto take = [&tree](Lock::Mode mode) {
    return Lock{tree.root(), "name", "a test", "do it", mode};
  };
  {
    Lock lock = take(Lock::Mode::try_once);
    lock.share_with_children();
    // Leaves a process behind that waits for somebody to open the FIFO.
    HostPrograms{}.run({"sh", "-c", "exec >/dev/null 2>&1; : <\"$1\" &", "sh", fifo});
  }
  CHECK_THROWS_AS(take(Lock::Mode::try_once), Error);
  const std::ofstream go{fifo};  // opened is enough: nothing is read
  CHECK_NOTHROW(take(Lock::Mode::wait));
}

/// As the kernel names the file in its list of locks: "fd:01:4711".
std::string id_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
}

TEST_CASE("nobody holds a lock that was never taken, or has been let go") {
  const TemporaryTree tree;
  CHECK((lock_holder(tree.root(), "win10") == std::nullopt));
  CHECK((lock_holder(tree.root() / "none", "win10") == std::nullopt));
  { const Lock lock{tree.root(), "win10", "xenlaunch run win10", "start win10"}; }
  CHECK_FALSE(tree.read("win10.lock").empty());
  CHECK((lock_holder(tree.root(), "win10") == std::nullopt));
}

TEST_CASE("a lock's holder is this process while it has the lock, and asking leaves it alone") {
  const TemporaryTree tree;
  const Lock lock{tree.root(), "win10", "xenlaunch run win10", "start win10"};
  const Lock other{tree.root(), "debian", "xenlaunch run debian", "start debian"};
  const LockHolder holder{.pid = ::getpid(), .purpose = "xenlaunch run win10"};
  CHECK((lock_holder(tree.root(), "win10") == std::optional{holder}));
  CHECK((lock_holder(tree.root(), "win10") == std::optional{holder}));
  CHECK_THROWS_AS(Lock(tree.root(), "win10", "x", "start win10"), Error);
}

TEST_CASE("the kernel's list of locks decides who holds a lock, over the whole table") {
  const TemporaryTree tree;
  tree.write("win10.lock", "4711 xenlaunch run win10\n");
  const std::string id = id_of(tree.path("win10.lock"));
  const auto holder = [&tree](const std::string& locks) {
    tree.write("proc/locks", locks);
    return lock_holder(tree.root(), "win10", tree.root() / "proc");
  };
  const std::optional<LockHolder> nobody;
  const std::optional known{LockHolder{.pid = 4711, .purpose = "xenlaunch run win10"}};
  const std::optional stranger{LockHolder{.pid = 4712, .purpose = ""}};
  const std::string rest = " 0 EOF\n";
  const std::string elsewhere = "1: FLOCK  ADVISORY  WRITE 99 " + id + "1" + rest;
  const std::string waits = "1: -> FLOCK  ADVISORY  WRITE 99 " + id + rest;

  CHECK((holder("") == nobody));
  CHECK((holder("1: FLOCK  ADVISORY  WRITE 4711 " + id + rest) == known));
  CHECK((holder("1: FLOCK  ADVISORY  WRITE 4712 " + id + rest) == stranger));
  CHECK((holder(elsewhere) == nobody));
  CHECK((holder(waits) == nobody));
  CHECK((holder(elsewhere + "2: FLOCK  ADVISORY  WRITE 4711 " + id + rest + waits) == known));
  CHECK((holder("1: POSIX  ADVISORY  WRITE 4711 " + id + rest) == nobody));
  // A holder in another PID namespace has no number here.
  CHECK((holder("1: FLOCK  ADVISORY  WRITE 0 " + id + rest) == nobody));
  CHECK((holder("1: FLOCK  ADVISORY  WRITE -1 " + id + rest) == nobody));
  CHECK((holder("1: FLOCK ADVISORY\ngarbage\n\n") == nobody));

  tree.write("win10.lock", "4711 a\x1b[2Jb\n");
  CHECK((holder("1: FLOCK  ADVISORY  WRITE 4711 " + id + rest) ==
         std::optional{LockHolder{.pid = 4711, .purpose = "a\\x1b[2Jb"}}));
  tree.write("win10.lock", "");
  CHECK((holder("1: FLOCK  ADVISORY  WRITE 4712 " + id + rest) == stranger));
  tree.remove("proc");
  CHECK((lock_holder(tree.root(), "win10", tree.root() / "proc") == nobody));
}

TEST_CASE("what a launcher holds it can take once more, and others when it has let go of all") {
  const testing::TemporaryTree tree;
  const auto mine = make_file_locks(tree.root(), "xenlaunch run a");
  const auto other = make_file_locks(tree.root(), "xenlaunch run b");
  std::shared_ptr<void> chosen = mine->take("pci-x", "pass x");
  std::shared_ptr<void> started = mine->take("pci-x", "pass x");
  chosen.reset();
  CHECK_THROWS_AS(other->take("pci-x", "pass x"), Error);
  started.reset();
  CHECK(other->take("pci-x", "pass x") != nullptr);
  CHECK(mine->take("pci-x", "pass x") != nullptr);
}

}  // namespace
}  // namespace xenlaunch
