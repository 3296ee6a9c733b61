#include <fstream>

#include "devicemodel/last_words.h"
#include "devicemodel/qmp.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

/// An answer to query-chardev with these two values, given as JSON.
std::string answer(const std::string& label, const std::string& filename) {
  return R"({"return": [{"label": )" + label + R"(, "filename": )" + filename + "}]}";
}

TEST_CASE("the serial port's pty is found among the character devices") {
  CHECK(serial_tty_in(answer("\"serial0\"", "\"pty:/dev/pts/3\"")) == "/dev/pts/3");
  CHECK(serial_tty_in(R"({"return": [{"label": "a", "filename": "pty:/dev/pts/1"}, 5,
      {"filename": "pty:/dev/pts/2", "frontend-open": true, "label": "serial0"}], "id": 1})") ==
        "/dev/pts/2");
}

TEST_CASE("nothing but a pty is taken from an answer") {
  for (const std::string filename :
       {"/dev/pts/3", "pty:/dev/pts/", "pty:/dev/pts/x", "pty:/dev/pts/3 ", "pty:/dev/pts/3/x",
        "pty:/dev/pts/../../etc/passwd", "pty:/etc/passwd", "pty:/dev/pts/1234567890",
        "pty:", "file:/dev/pts/3", " pty:/dev/pts/3", "pty:/dev/pts/-3", "pty:/dev/pts/3\\n",
        "pty:/dev/pts/3\\u0000", ""}) {
    CAPTURE(filename);
    CHECK(serial_tty_in(answer("\"serial0\"", "\"" + filename + "\"")).empty());
  }
  CHECK(serial_tty_in(answer("\"serial1\"", "\"pty:/dev/pts/3\"")).empty());
}

TEST_CASE("an answer of the wrong shape is no answer") {
  for (const std::string text :
       {"", "x", "null", "5", "\"serial0\"", "[]", "{}", "{\"return\": null}", "{\"return\": {}}",
        "{\"return\": 5}", "{\"return\": []}", "{\"return\": [null, 5, [], \"x\", {}]}",
        "{\"return\": [{\"label\": \"serial0\"}]}", "{\"return\": [",
        "{\"return\": [{\"label\": \"serial0\", \"filename\": \"pty:/dev/pts/3\"}]} x"}) {
    CAPTURE(text);
    CHECK(serial_tty_in(text).empty());
  }
  const std::string pty = "\"pty:/dev/pts/3\"";
  for (const std::string value : {"null", "5", "true", "[]", "{}", "[\"serial0\"]"}) {
    CAPTURE(value);
    CHECK(serial_tty_in(answer(value, pty)).empty());
    CHECK(serial_tty_in(answer("\"serial0\"", value)).empty());
  }
}

TEST_CASE("an answer nested without end is no answer") {
  CHECK(serial_tty_in("{\"return\": " + std::string(100000, '[')).empty());
}

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
