#include "devicemodel/screen.h"

#include <doctest/doctest.h>

#include <string>

namespace xenlaunch::test {
namespace {

TEST_CASE("VNC's port is found in QEMU's answer, and nothing else is taken for one") {
  CHECK(vnc_port_in(R"({"return": {"enabled": true, "host": "127.0.0.1", "service": "5901"}})") ==
        5901U);
  for (const std::string answer :
       {"", "x", "[]", "{}", R"({"return": []})", R"({"return": {"enabled": false}})",
        R"({"return": {"service": 5901}})", R"({"return": {"service": "0"}})",
        R"({"return": {"service": "65536"}})", R"({"return": {"service": "5901 "}})",
        R"({"return": {"service": "-1"}})", R"({"return": {"service": ""}})"}) {
    CAPTURE(answer);
    CHECK(!vnc_port_in(answer));
  }
}

}  // namespace
}  // namespace xenlaunch::test
