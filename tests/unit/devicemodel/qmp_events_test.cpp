#include "devicemodel/qmp_events.h"

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
        Message{"a w? of the guest to its disk a?[2J failed: ???"});
  const std::string word(64, 'x');
  CHECK(disk_error(R"({"device": ")" + word + R"(yy", "operation": "read"})") ==
        Message{"a read of the guest to its disk " + word + " failed: QEMU gives no reason"});
  CHECK(qmp_message("{\"event\": " + std::string(50000, '[')) == std::nullopt);
}

}  // namespace
}  // namespace xenlaunch::test
