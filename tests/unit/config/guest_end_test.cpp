// The keys that say what happens when the guest ends.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/config/vm_file_text.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("each end of a guest may destroy, restart or preserve it") {
  const std::vector<std::pair<std::string, OnEvent>> wishes{{"destroy", OnEvent::destroy},
                                                            {"restart", OnEvent::restart},
                                                            {"preserve", OnEvent::preserve}};
  for (const auto& [word, wish] : wishes) {
    VmConfig expected = parse_line("");
    expected.on_poweroff = wish;
    CHECK((parse_line("on_poweroff: " + word) == expected));
    expected = parse_line("");
    expected.on_reboot = wish;
    CHECK((parse_line("on_reboot: " + word) == expected));
    expected = parse_line("");
    expected.on_crash = wish;
    CHECK((parse_line("on_crash: " + word) == expected));
  }
}

TEST_CASE("restarts are limited to five in a minute, or as the VM file says") {
  using std::chrono::seconds;
  const auto limit = [](const std::string& value) {
    return parse_line("restart_limit: " + value).restart_limit;
  };
  CHECK((parse_line("").restart_limit == RestartLimitConfig{.restarts = 5, .within = seconds{60}}));
  CHECK((limit("{restarts: 3, seconds: 10}") ==
         RestartLimitConfig{.restarts = 3, .within = seconds{10}}));
  CHECK((limit("{restarts: 0, seconds: 1}") ==
         RestartLimitConfig{.restarts = 0, .within = seconds{1}}));
  CHECK((limit("{seconds: 86400, restarts: 1000}") ==
         RestartLimitConfig{.restarts = 1000, .within = seconds{86400}}));
}

TEST_CASE("a limit of restarts that is out of range or not whole is refused") {
  const auto refusal = [](const std::string& value) {
    return problems_of_line("restart_limit: " + value);
  };
  CHECK(refusal("{restarts: 1001, seconds: 60}") ==
        "3:27: restart_limit.restarts: '1001' is out of range; expected an integer from 0 to 1000");
  CHECK(refusal("{restarts: -1, seconds: 60}") ==
        "3:27: restart_limit.restarts: '-1' is not a decimal integer; expected an integer from 0 "
        "to 1000");
  CHECK(refusal("{restarts: 5, seconds: 0}") ==
        "3:39: restart_limit.seconds: '0' is out of range; expected an integer from 1 to 86400");
  CHECK(
      refusal("{restarts: 5, seconds: 86401}") ==
      "3:39: restart_limit.seconds: '86401' is out of range; expected an integer from 1 to 86400");
  CHECK(refusal("{restarts: five, seconds: 1m}") ==
        "3:27: restart_limit.restarts: 'five' is not a decimal integer; expected an integer from 0 "
        "to 1000\n"
        "vm.yaml:3:42: restart_limit.seconds: '1m' is not a decimal integer; expected an integer "
        "from 1 to 86400");
  CHECK(refusal("{seconds: 60}") ==
        "3:16: restart_limit.restarts: is missing; expected a number from 0 to 1000");
  CHECK(refusal("{restarts: 5}") ==
        "3:16: restart_limit.seconds: is missing; expected a number from 1 to 86400");
  CHECK(refusal("{}") ==
        "3:16: restart_limit.restarts: is missing; expected a number from 0 to 1000\n"
        "vm.yaml:3:16: restart_limit.seconds: is missing; expected a number from 1 to 86400");
  CHECK(refusal("5") ==
        "3:16: restart_limit: '5' is a single value; expected a mapping with restarts, seconds");
  CHECK(refusal("{restarts: 5, seconds: 60, minutes: 1}") ==
        "3:43: restart_limit.minutes: is not a known key; expected restarts or seconds");
}

}  // namespace
}  // namespace xenlaunch::test
