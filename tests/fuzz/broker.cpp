// What a QEMU asks the broker for, in an order of its choice. Each call is eight bytes: function,
// domain and six arguments. An argument is one of the numbers below, some of which are the same to
// Xen, which takes bytes and ints.
#include <array>
#include <set>

#include "launcher/broker/broker_rules.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

using enum BrokeredFunction;
using Pin = std::array<std::uint8_t, 4>;

constexpr std::uint64_t any = ~0ULL;
constexpr int line = 16;
constexpr std::array<std::uint64_t, 24> numbers{
    0,          1,      2,          3,          4,
    6,          8,      line,       line + 256, line + (1ULL << 32),
    32,         100,    101,        100 + 256,  100 + (1ULL << 32),
    256,        0xc100, 0xc107,     0xfc000,    0xfc001,
    0xfc000000, any,    0xffffffff, 1ULL << 31};

/// What Xen has of the domain, by what it is told.
struct Xen {
  std::set<int> lines{line};
  std::set<int> msis;
  std::set<Pin> bound;
  int next = 100;

  BrokeredAnswer make(const BrokeredCall& call);
};

BrokeredAnswer Xen::make(const BrokeredCall& call) {
  const auto number = [&](std::size_t i) { return static_cast<int>(call.arguments.at(i)); };
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(call.arguments.at(i)); };
  const auto is_mapped = [this](int pirq) { return lines.contains(pirq) || msis.contains(pirq); };
  require(call.domid == 7, "no other domain is told of");
  switch (call.function) {
    case map_pirq:
      require(number(0) == line, "a line is the device's");
      require(number(1) < 0 || !is_mapped(number(1)), "a line is mapped once");
      lines.insert(line);
      return {.pirq = line};
    case map_pirq_msi: {
      require(number(0) == -1, "an MSI is a new one of the host's");
      require(number(1) == -1 || (number(1) >= 0 && !is_mapped(number(1))),
              "an MSI is mapped once");
      require(number(2) == 8 && number(3) == 1, "an MSI is the device's");
      const int pirq = number(1) == -1 ? next++ : number(1);
      msis.insert(pirq);
      return {.pirq = pirq};
    }
    case unmap_pirq:
      require(is_mapped(number(0)), "what is unmapped was mapped");
      lines.erase(number(0));
      msis.erase(number(0));
      std::erase_if(bound, [&](const Pin& pin) { return pin[0] == byte(0); });
      return {};
    case bind_pci_irq:
      require(lines.contains(byte(0)), "what is bound was mapped");
      require(bound.insert({byte(0), byte(1), byte(2), byte(3)}).second, "a pin is bound once");
      return {};
    case unbind_irq:
      require(is_mapped(byte(0)) || msis.contains(number(0)), "what is unbound was mapped");
      bound.erase({byte(0), byte(2), byte(3), byte(4)});
      return {};
    case update_msi_irq:
    case unbind_msi_irq:
      require(msis.contains(number(1)), "an MSI was mapped");
      return {};
    case map_memory:
      require(call.arguments[1] >= 0xfc000 && call.arguments[1] + call.arguments[2] <= 0xfc002 &&
                  call.arguments[2] != 0,
              "memory is the device's");
      return {};
    case map_ports: {
      const auto first = static_cast<std::uint32_t>(call.arguments[1]);
      const auto count = static_cast<std::uint32_t>(call.arguments[2]);
      require(first >= 0xc100 && first + count <= 0xc108 && count != 0, "ports are the device's");
      return {};
    }
  }
  require(false, "a function is one of the broker's");
  return {};
}

void run(std::string_view input) {
  BrokerState state{parse_rules({"7", "0000:01:01.0", "memory=fc000000+2000", "ports=c100+8"}),
                    [](const PciAddress&) { return std::optional<std::uint32_t>{line}; }};
  Xen xen;
  constexpr std::size_t size = 8;
  for (; input.size() >= size; input.remove_prefix(size)) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(input[i]); };
    BrokeredCall call{.function = static_cast<BrokeredFunction>(at(0) % 11), .domid = at(1) % 8U};
    for (std::size_t i = 0; i < call.arguments.size(); ++i)
      call.arguments.at(i) = numbers.at(at(i + 2) % numbers.size());
    const std::string refusal = state.refusal(call);
    require_clean(refusal);
    if (refusal.empty()) state.note(call, xen.make(call));
  }
}

const Registration registration{"broker", run};

}  // namespace
}  // namespace xenlaunch::fuzz
