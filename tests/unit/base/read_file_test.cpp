#include "base/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Beyond = ReadLimit::Beyond;

TEST_CASE("a file is read whole, or as far as the limit says") {
  const testing::TemporaryTree tree;
  tree.write("file", "0123456789");
  tree.write("empty", "");
  const auto read = [&tree](const ReadLimit& limit) {
    const FileContent content = read_file(tree.path("file"), limit);
    return content.bytes + content.reason;
  };
  CHECK(read({}) == "0123456789");
  CHECK(read({.most = 10}) == "0123456789");
  CHECK(read({.most = 9}) == "it is larger than 9 bytes");
  CHECK(read({.most = 4, .beyond = Beyond::is_left_out}) == "0123");
  CHECK(read({.most = 4, .beyond = Beyond::is_kept}) == "6789");
  CHECK(read({.most = 10, .beyond = Beyond::is_kept}) == "0123456789");
  CHECK(read_file(tree.path("empty")).error == 0);
  CHECK(read_file(tree.path("none")).error == ENOENT);
  CHECK(read_file(tree.root()).error == EISDIR);
}

TEST_CASE("a file without end is refused, and one that is no file is not waited for") {
  const testing::TemporaryTree tree;
  REQUIRE(::mkfifo(tree.path("fifo").c_str(), 0600) == 0);
  tree.link("link", "/dev/zero");
  tree.write("sparse", "");
  REQUIRE(::truncate(tree.path("sparse").c_str(), off_t{1} << 40) == 0);
  CHECK(read_file(tree.path("fifo")).reason == "it is not a regular file");
  CHECK(read_file(tree.path("link")).reason == "it is not a regular file");
  CHECK(read_file("/dev/zero", {.most = 5, .also_devices = true}).reason ==
        "it is larger than 5 bytes");
  CHECK(read_file(
            "/dev/zero",
            {.most = 5, .beyond = Beyond::is_left_out, .in_one_read = true, .also_devices = true})
            .bytes.size() == 5);
  CHECK(read_file(tree.path("sparse")).reason == "it is larger than 8 MiB");
}

}  // namespace
}  // namespace xenlaunch::test
