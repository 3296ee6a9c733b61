#include "devicemodel/qmp_client.h"

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Message = std::optional<std::string>;

Message disk_error(const std::string& data) {
  return qmp_message(R"({"event": "BLOCK_IO_ERROR", "data": )" + data + "}");
}

TEST_CASE("a disk that fails is told of with QEMU's reason") {
  CHECK(disk_error(R"({"device": "ide0", "operation": "write", "nospace": true, "reason": "x"})") ==
        Message{"a write of the guest to its disk ide0 failed: no space is left"});
  CHECK(disk_error(R"({"device": "ide0", "operation": "read", "reason": "I/O error"})") ==
        Message{"a read of the guest to its disk ide0 failed: I/O error"});
  CHECK(disk_error(R"({"device": "ide0", "operation": "read"})") ==
        Message{"a read of the guest to its disk ide0 failed: QEMU gives no reason"});
}

TEST_CASE("a guest that panics is told of, and no other event is") {
  CHECK(qmp_message(R"({"event": "GUEST_PANICKED"})") ==
        Message{"the guest's kernel says that it panicked"});
  for (const std::string line :
       {"", "x", "[]", "5", "null", "{}", R"({"event": 5})", R"({"event": []})",
        R"({"event": "RESET"})", R"({"return": {}})", R"({"event": "BLOCK_IO_ERROR"})",
        R"({"event": "BLOCK_IO_ERROR", "data": []})"}) {
    CAPTURE(line);
    CHECK(qmp_message(line) == std::nullopt);
  }
}

TEST_CASE("hostile values of an event reach nobody's terminal") {
  CHECK(disk_error(R"({"device": 5, "operation": [], "nospace": "yes", "reason": {}})") ==
        Message{"a  of the guest to its disk  failed: QEMU gives no reason"});
  CHECK(disk_error(R"({"device": "a\u001b[2J", "operation": "w\n", "reason": "\u007f\u00e4"})") ==
        Message{"a w\\n of the guest to its disk a\\x1b[2J failed: \\x7f\xc3\xa4"});
  const std::string word(64, 'x');
  CHECK(disk_error(R"({"device": ")" + word + R"(yy", "operation": "read"})") ==
        Message{"a read of the guest to its disk " + word + "... failed: QEMU gives no reason"});
  CHECK(qmp_message("{\"event\": " + std::string(50000, '[')) == std::nullopt);
}

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

}  // namespace
}  // namespace xenlaunch::test
