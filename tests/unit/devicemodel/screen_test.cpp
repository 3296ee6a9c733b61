#include "devicemodel/screen.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "tests/fakes/fake_qmp.h"
#include "tests/unit/samples.h"

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

TEST_CASE("the file of a picture is taken back from QEMU, also where there is no picture") {
  const std::string handed = R"({"return": {"fd": 42, "fdset-id": 3}})";
  const std::vector<std::string> asked{
      R"({"execute":"add-fd"})",
      R"({"execute":"screendump","arguments":{"filename":"/dev/fdset/3"}})",
      R"({"execute":"remove-fd","arguments":{"fdset-id":3}})"};
  const FileDescriptor file{::dup(STDERR_FILENO)};
  FakeQmp qemu{{handed, FakeQmp::done, FakeQmp::done}};
  dump_screen(qemu.socket(), file);
  CHECK(qemu.asked() == asked);
  FakeQmp refusing{{handed, R"({"error": {"desc": "no console"}})", FakeQmp::done}};
  CHECK(error_of([&] { dump_screen(refusing.socket(), file); }) ==
        "7: cannot ask QEMU over " + refusing.socket().string() + ": it refused screendump");
  CHECK(refusing.asked() == asked);
}

}  // namespace
}  // namespace xenlaunch::test
