#include "launcher/host/durable_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "launcher/host/sysfs.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Snapshot = std::map<std::string, std::string>;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST_CASE("a file is read whole, its last newline included") {
  const TemporaryTree tree;
  for (const std::string text : {"", "a", "a\n", "a\n\n", "\n"}) {
    CAPTURE(text);
    tree.write("file", text);
    CHECK(read_bytes(tree.path("file")) == text);
  }
  CHECK(read_bytes(tree.path("none")) == std::nullopt);
}

TEST_CASE("a file is written whole, with its mode and the folders above, and nothing beside it") {
  const TemporaryTree tree;
  const mode_t before = ::umask(0);
  write_file(tree.path("a/b/file"), "one\n");
  ::umask(before);
  CHECK(mode_of(tree.path("a")) == 0755);
  CHECK(mode_of(tree.path("a/b")) == 0755);
  write_file(tree.path("a/b/file"), "two\n", 0755);
  CHECK(tree.snapshot() == Snapshot{{"a/b/file", "two\n"}});
  CHECK(mode_of(tree.path("a/b/file")) == 0755);
}

TEST_CASE("what a killed writer left behind does not get into the way") {
  const TemporaryTree tree;
  tree.write("file.new", "half");
  write_file(tree.path("file"), "whole");
  CHECK(tree.snapshot() == Snapshot{{"file", "whole"}});
}

TEST_CASE("a write that fails leaves the old file alone") {
  const TemporaryTree tree;
  tree.write("file/below", "");
  CHECK_THROWS_WITH_AS(write_file(tree.path("file"), "x"),
                       ("cannot write " + tree.path("file") + ": Is a directory").c_str(), Error);
  CHECK(tree.snapshot() == Snapshot{{"file/below", ""}});
}

TEST_CASE("restoring writes the text, or removes where there was none") {
  const TemporaryTree tree;
  restore_file(tree.path("file"), "x");
  CHECK(tree.snapshot() == Snapshot{{"file", "x"}});
  restore_file(tree.path("file"), std::nullopt);
  restore_file(tree.path("file"), std::nullopt);
  CHECK(tree.snapshot() == Snapshot{});
}

TEST_CASE("a file takes the place of another, with its mode") {
  const TemporaryTree tree;
  tree.write("old", "old");
  ::chmod(tree.path("old").c_str(), 0600);
  tree.write("fresh", "fresh");
  replace_file(tree.path("fresh"), tree.path("old"));
  CHECK(tree.snapshot() == Snapshot{{"old", "fresh"}});
  CHECK(mode_of(tree.path("old")) == 0600);
  CHECK_THROWS_WITH_AS(
      replace_file(tree.path("fresh"), tree.path("old")),
      ("cannot read " + tree.path("fresh") + ": No such file or directory").c_str(), Error);
  CHECK(tree.snapshot() == Snapshot{{"old", "fresh"}});
}

}  // namespace
}  // namespace xenlaunch::test
