#include "devicemodel/last_words.h"

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

std::string last_words_in(const std::string& content, std::size_t lines = 5) {
  const TemporaryTree tree;
  tree.write("log", content);
  return last_words_of(tree.path("log"), 0, lines);
}

TEST_CASE("the last words are the last lines, on one") {
  CHECK(last_words_in("one\ntwo\n") == "one; two");
  CHECK(last_words_in("one\ntwo\nthree\n", 2) == "two; three");
  CHECK(last_words_in("1\n2\n3\n4\n5\n6\n") == "2; 3; 4; 5; 6");
  CHECK(last_words_in("no newline") == "no newline");
  CHECK(last_words_in("\n\none\r\n\n\n") == "one");
}

TEST_CASE("a log without words has no last words") {
  CHECK(last_words_in("").empty());
  CHECK(last_words_in("\n\n").empty());
  CHECK(last_words_of("/nonexistent/log").empty());
}

TEST_CASE("the last words reach a terminal without control characters") {
  CHECK(last_words_in("a\033[2Jb\tc\x7f\xc3\xa4") == "a\\x1b[2Jb\\tc\\x7f\xc3\xa4");
  CHECK(last_words_in(std::string("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("the last words are at most 600 characters, the end of them") {
  const std::string words = last_words_in(std::string(2000, 'a') + "end\n");
  CHECK(words == "..." + std::string(594, 'a') + "end");
  CHECK(last_words_in(std::string(600, 'a')) == std::string(600, 'a'));
}

TEST_CASE("of a long log only the end is read") {
  CHECK(last_words_in(std::string(1 << 20, '\n') + "end\n") == "end");
  CHECK(last_words_in("early\n" + std::string(4096, '\n') + "end\n") == "end");
}

}  // namespace
}  // namespace xenlaunch::test
