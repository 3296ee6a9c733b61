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
  const Lock lock{tree.root() / "run/xenlaunch", "win10", "xenlaunch run win10", "start win10"};
  CHECK(tree.read("run/xenlaunch/win10.lock") ==
        std::to_string(::getpid()) + " xenlaunch run win10\n");
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

TEST_CASE("a lock is closed to others whatever the umask, and however it was left") {
  for (const mode_t umask : {0000, 0022, 0277}) {
    CAPTURE(umask);
    const TemporaryTree tree;
    const mode_t before = ::umask(umask);
    { const Lock lock{tree.root() / "run/locks", "win10", "a test", "start win10"}; }
    ::umask(before);
    CHECK(mode_of(tree.path("run")) == 0700);
    CHECK(mode_of(tree.path("run/locks")) == 0700);
    CHECK(mode_of(tree.path("run/locks/win10.lock")) == 0600);
    std::filesystem::permissions(tree.path("run/locks"), std::filesystem::perms{0755});
    std::filesystem::permissions(tree.path("run/locks/win10.lock"), std::filesystem::perms{0644});
    const Lock lock{tree.root() / "run/locks", "win10", "a test", "start win10"};
    CHECK(mode_of(tree.path("run/locks")) == 0700);
    CHECK(mode_of(tree.path("run/locks/win10.lock")) == 0600);
  }
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

TEST_CASE("a holder whose file says nothing usable does not say what it is") {
  const TemporaryTree tree;
  for (const char* content : {"", "1234", "\x1b[2J x\n", "12a4 xenlaunch\n"}) {
    tree.write("win10.lock", content);
    const FileDescriptor other{::open(tree.path("win10.lock").c_str(), O_RDWR | O_CLOEXEC)};
    REQUIRE(::flock(other.get(), LOCK_EX | LOCK_NB) == 0);
    CHECK_THROWS_WITH_AS(Lock(tree.root(), "win10", "x", "start win10"),
                         ("cannot start win10: process " + std::to_string(::getpid()) +
                          ", which does not say what it is, holds it")
                             .c_str(),
                         Error);
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

/// A /proc of processes that have a lock's file open.
struct Processes {
  TemporaryTree tree;
  std::string id;

  Processes() {
    tree.write("win10.lock", "4711 xenlaunch run win10\n");
    id = id_of(tree.path("win10.lock"));
    for (const int pid : {4711, 4712}) add(pid, std::to_string(::geteuid()));
  }
  std::string folder(int pid) const { return "proc/" + std::to_string(pid); }
  void add(int pid, const std::string& user) const {
    const std::string self = std::to_string(::geteuid());
    tree.write(folder(pid) + "/status",
               "Name:\tx\nUid:\t" + self + "\t" + user + "\t" + self + "\t" + self + "\nGid:\t9\n");
    tree.remove(folder(pid) + "/fd");
    tree.link(folder(pid) + "/fd/0", "/dev/null");
    tree.link(folder(pid) + "/fd/5", tree.path("win10.lock"));
  }
  std::string line(int pid) const {
    return "1: FLOCK  ADVISORY  WRITE " + std::to_string(pid) + " " + id + " 0 EOF\n";
  }
  std::optional<LockHolder> holder(const std::string& locks) const {
    tree.write("proc/locks", locks);
    return lock_holder(tree.root(), "win10", tree.root() / "proc");
  }
};

TEST_CASE("the kernel's list of locks decides who holds a lock, over the whole table") {
  const Processes all;
  const TemporaryTree& tree = all.tree;
  const std::optional<LockHolder> nobody;
  const std::optional known{LockHolder{.pid = 4711, .purpose = "xenlaunch run win10"}};
  const std::optional stranger{
      LockHolder{.pid = 4712, .purpose = "", .doubt = "does not say what it is"}};
  const std::string rest = " 0 EOF\n";
  const std::string elsewhere = "1: FLOCK  ADVISORY  WRITE 99 " + all.id + "1" + rest;
  const std::string waits = "1: -> FLOCK  ADVISORY  WRITE 99 " + all.id + rest;

  CHECK((all.holder("") == nobody));
  CHECK((all.holder(all.line(4711)) == known));
  CHECK((all.holder(all.line(4712)) == stranger));
  CHECK((all.holder(elsewhere) == nobody));
  CHECK((all.holder(waits) == nobody));
  CHECK((all.holder(elsewhere + all.line(4711) + waits) == known));
  CHECK((all.holder("1: POSIX  ADVISORY  WRITE 4711 " + all.id + rest) == nobody));
  // A holder in another PID namespace has no number here.
  CHECK((all.holder(all.line(0)) == nobody));
  CHECK((all.holder(all.line(-1)) == nobody));
  CHECK((all.holder("1: FLOCK ADVISORY\ngarbage\n\n") == nobody));

  tree.write("win10.lock", "4711 a\x1b[2Jb\n");
  CHECK((all.holder(all.line(4711)) ==
         std::optional{LockHolder{.pid = 4711, .purpose = "a\\x1b[2Jb"}}));
  tree.write("win10.lock", "");
  CHECK((all.holder(all.line(4712)) == stranger));
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

TEST_CASE("a holder is ours where it is this user's and still has the file open") {
  const Processes all;
  const auto doubt = [&all] { return all.holder(all.line(4711)).value_or(LockHolder{}).doubt; };
  CHECK(doubt().empty());
  // One of them is enough, as a set-user-ID program has them.
  all.add(4711, "1000000");
  CHECK(doubt() == "is user 1000000's");
  all.tree.write("proc/4711/status", "Name:\tx\n");
  CHECK(doubt() == "is user unknown's");
  all.add(4711, std::to_string(::geteuid()));
  all.tree.remove("proc/4711/fd/5");
  CHECK(doubt() == "has ended, but what it has started has not");
  all.tree.remove("proc/4711");
  CHECK(doubt() == "has ended, but what it has started has not");
  CHECK(LockHolder{.pid = 4711, .purpose = "xenlaunch run x", .doubt = "is user 1's"}.to_string() ==
        "process 4711 (xenlaunch run x), which is user 1's,");
}

}  // namespace
}  // namespace xenlaunch
