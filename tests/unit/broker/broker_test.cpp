#include "launcher/broker/broker.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "base/file_descriptor.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using enum BrokeredFunction;

/// A broker of a device with one page, and what it makes of `calls`, after which QEMU hangs up.
struct Served {
  std::vector<BrokeredCall> made;
  std::vector<BrokeredAnswer> answers;
  std::string log;
  bool hung_up = false;

  explicit Served(const std::vector<BrokeredCall>& calls,
                  std::size_t bytes = sizeof(BrokeredCall)) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const FileDescriptor qemu{ends[0]};
    const FileDescriptor ours{ends[1]};
    for (const BrokeredCall& call : calls)
      REQUIRE(::send(qemu.get(), &call, bytes, 0) == static_cast<ssize_t>(bytes));
    ::shutdown(qemu.get(), SHUT_WR);
    BrokerState state{parse_rules({"7", "0000:01:00.0", "memory=fc000000+1000"}),
                      [](const PciAddress&) { return std::optional<std::uint32_t>{16}; }};
    std::ostringstream told;
    hung_up = serve_broker(
        ours.get(), state,
        [this](const BrokeredCall& call) {
          made.push_back(call);
          return BrokeredAnswer{.pirq = call.function == map_pirq ? 22 : 0};
        },
        told);
    log = told.str();
    BrokeredAnswer answer;
    while (::recv(qemu.get(), &answer, sizeof answer, MSG_DONTWAIT) == sizeof answer)
      answers.push_back(answer);
  }
};

const BrokeredCall map_page{map_memory, 7, {0xf0000, 0xfc000, 1, 1}};
const BrokeredCall map_ram{map_memory, 7, {0xf0000, 0x1000, 1, 1}};
const BrokeredAnswer refused{.result = -1, .error = EPERM};

TEST_CASE("the broker makes the calls that are QEMU's to make, and no others") {
  const BrokeredCall map_irq{map_pirq, 7, {16, ~0ULL}};
  const BrokeredCall bind{bind_pci_irq, 7, {22, 0, 6, 0}};
  const Served served{{bind, map_irq, bind, map_page, map_ram}};
  CHECK((served.made == std::vector<BrokeredCall>{map_irq, bind, map_page}));
  CHECK((served.answers == std::vector<BrokeredAnswer>{refused, {.pirq = 22}, {}, {}, refused}));
  CHECK(served.log ==
        "xenlaunch: QEMU may not bind an interrupt (16 0 6 0 0 0): it is no interrupt of the "
        "passed devices\n"
        "xenlaunch: QEMU may not map memory (f0000 1000 1 1 0 0): it is no memory of the passed "
        "devices\n");
}

TEST_CASE("a message that is no whole call is refused") {
  const Served served{{map_page}, sizeof(BrokeredCall) - 1};
  CHECK(served.made.empty());
  CHECK(served.answers == std::vector<BrokeredAnswer>{refused});
}

TEST_CASE("a QEMU that floods the broker fills no log") {
  const Served served{std::vector<BrokeredCall>(50, map_ram)};
  CHECK(served.hung_up);
  CHECK(served.answers.size() == 50);
  CHECK(std::ranges::count(served.log, '\n') == 20);
  CHECK(served.log.ends_with("; more of this is not told\n"));
}

TEST_CASE("a broker that cannot read its rules says so") {
  std::ostringstream told;
  CHECK(run_broker({"7", "x"}, told) == 1);
  CHECK(told.str() == "xenlaunch: cannot take 'x' as a rule of the broker\n");
}

}  // namespace
}  // namespace xenlaunch::test
