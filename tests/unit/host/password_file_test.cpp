#include "launcher/host/password_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

/// What is read of a file with `content` and `mode`: "= PASSWORD", or the problem.
std::string read(const std::string& content, mode_t mode = 0600) {
  const TemporaryTree tree;
  tree.write("password", content);
  ::chmod(tree.path("password").c_str(), mode);
  const PasswordFile file = read_password_file(tree.path("password"), vnc_password_length);
  return file.password ? "= " + *file.password : file.problem;
}

TEST_CASE("a password is the first line of a file that only root can read") {
  CHECK(read("secret\nmore\n") == "= secret");
  CHECK(read("12345678") == "= 12345678");
  CHECK(read("") == "its first line is empty");
  CHECK(read("\nsecret") == "its first line is empty");
  CHECK(read("123456789\n") == "its first line has 9 bytes, and only 8 would count");
  CHECK(read("a\tb\n") == "its first line has an unprintable character");
  for (const mode_t mode : {0640, 0604, 0620})
    CHECK(read("secret\n", mode) == "others than root can read or replace it");
}

TEST_CASE("what is no file is no password file, and is not waited for") {
  const TemporaryTree tree;
  ::mkfifo(tree.path("pipe").c_str(), 0600);
  CHECK(read_password_file(tree.path("pipe"), 8).problem == "it is no file");
  CHECK(read_password_file(tree.root(), 8).problem == "it is no file");
  CHECK(read_password_file(tree.path("none"), 8).problem == "No such file or directory");
}

}  // namespace
}  // namespace xenlaunch::test
