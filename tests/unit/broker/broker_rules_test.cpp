#include "launcher/broker/broker_rules.h"

#include <doctest/doctest.h>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Words = std::vector<std::string>;
using enum BrokeredFunction;

constexpr std::uint64_t memory = 0x200;
constexpr std::uint64_t ports = 0x100;

/// A card with two pages, 256 bytes in the middle of a page, ports, and a ROM that is a copy in
/// memory; and its audio function.
BrokerRules card_and_audio() {
  DeviceGrant card{.address = {0, 1, 0, 0}};
  card.resources[0] = {.start = 0xfc000000, .size = 0x2000, .flags = memory};
  card.resources[2] = {.start = 0xfd000f80, .size = 0x100, .flags = memory};
  card.resources[4] = {.start = 0xc100, .size = 8, .flags = ports};
  card.resources[6] = {.start = 0xc0000, .size = 0x20000, .flags = memory | 0x2};
  DeviceGrant audio{.address = {0, 1, 0, 1}};
  audio.resources[0] = {.start = 0xfe000000, .size = 0x1000, .flags = memory};
  return {.domid = 7, .devices = {card, audio}};
}

TEST_CASE("the rules are words and back, without what is memory of the host") {
  const BrokerRules rules = card_and_audio();
  const Words words{"7",
                    "0000:01:00.0",
                    "memory=fc000000+2000",
                    "memory=fd000f80+100",
                    "ports=c100+8",
                    "0000:01:00.1",
                    "memory=fe000000+1000"};
  CHECK(words_of(rules) == words);
  CHECK(words_of(parse_rules(words)) == words);
  CHECK((parse_rules({"3"}) == BrokerRules{.domid = 3}));
}

TEST_CASE("what is no rule is refused") {
  for (const Words& words :
       {Words{}, Words{"x"}, Words{"7", "memory=1+1"}, Words{"7", "0000:01:00.0", "memory=1"},
        Words{"7", "0000:01:00.0", "memory+1=1"}, Words{"7", "0000:01:00.0", "rom=1+1"},
        Words{"7", "0000:01:00.0", "memory=g+1"}, Words{"7", "0000:01:00.0", "ports=1+"}}) {
    CAPTURE(words);
    CHECK(error_of([&] { parse_rules(words); }).starts_with("1: cannot take '"));
  }
  Words many{"7", "0000:01:00.0"};
  for (int i = 0; i < 8; ++i) many.emplace_back("memory=1000+1000");
  CHECK(error_of([&] { parse_rules(many); }).starts_with("1: cannot take 'memory=1000+1000'"));
}

struct Broker {
  BrokerState state{card_and_audio(), [](const PciAddress& device) {
                      return device.function == 0 ? std::optional<std::uint32_t>{16} : std::nullopt;
                    }};
  bool allows(BrokeredFunction function, std::array<std::uint64_t, 6> arguments,
              Domid domid = 7) const {
    return state.refusal({function, domid, arguments}).empty();
  }
  void answer(BrokeredFunction function, std::array<std::uint64_t, 6> arguments,
              BrokeredAnswer answer) {
    state.note({function, 7, arguments}, answer);
  }
};

TEST_CASE("only memory of the passed devices is mapped, whole pages of it") {
  const Broker broker;
  const auto allows = [&](std::uint64_t frame, std::uint64_t count) {
    return broker.allows(map_memory, {0xf0000, frame, count, 1});
  };
  CHECK(allows(0xfc000, 2));
  CHECK(allows(0xfc001, 1));
  CHECK(allows(0xfe000, 1));
  CHECK(allows(0xfd000, 2));  // the pages that the 256 bytes are in
  CHECK_FALSE(allows(0xfbfff, 2));
  CHECK_FALSE(allows(0xfc001, 2));
  CHECK_FALSE(allows(0xfc000, 0));
  CHECK_FALSE(allows(0xfc001, ~0ULL));
  CHECK_FALSE(allows(0xfd002, 1));
  CHECK_FALSE(allows(0x1000, 1));
  const BrokerState from_words{parse_rules(words_of(card_and_audio())),
                               [](const PciAddress&) { return std::nullopt; }};
  CHECK(from_words.refusal({map_memory, 7, {0xc0, 0xc0, 1, 1}}) ==
        "it is no memory of the passed devices");
  CHECK_FALSE(broker.allows(map_memory, {0xf0000, 0xfc000, 1, 1}, 8));
  CHECK(broker.state.refusal({map_memory, 0, {0xf0000, 0xfc000, 1, 1}}) ==
        "domain 0 is another one");
}

TEST_CASE("only ports of the passed devices are mapped") {
  const Broker broker;
  CHECK(broker.allows(map_ports, {0xc200, 0xc100, 8, 1}));
  CHECK(broker.allows(map_ports, {0xc200, 0xc107, 1, 0}));
  CHECK_FALSE(broker.allows(map_ports, {0xc200, 0xc100, 9, 1}));
  CHECK_FALSE(broker.allows(map_ports, {0xc100, 0x3b0, 1, 1}));
  CHECK_FALSE(broker.allows(map_ports, {0, 0xfc000000, 1, 1}));  // that is memory
  CHECK_FALSE(broker.allows(map_memory, {0, 0xc100, 1, 1}));     // and those are ports
  CHECK(broker.state.refusal({map_ports, 7, {0, 0x70, 2, 1}}) ==
        "they are no ports of the passed devices");
}

constexpr std::uint64_t any = ~0ULL;

TEST_CASE("the domain's interrupts are those that were mapped here for the passed devices") {
  Broker broker;
  CHECK(broker.allows(map_pirq, {16, any}));
  CHECK_FALSE(broker.allows(map_pirq, {17, any}));
  for (const auto function : {bind_pci_irq, unbind_irq, unmap_pirq})
    CHECK_FALSE(broker.allows(function, {22}));
  CHECK_FALSE(broker.allows(update_msi_irq, {0x30, 22}));

  broker.answer(map_pirq, {16, any}, {.result = -1, .error = 16, .pirq = 22});
  CHECK_FALSE(broker.allows(bind_pci_irq, {22}));
  broker.answer(map_pirq, {16, any}, {.pirq = 22});
  for (const auto function : {bind_pci_irq, unbind_irq, unmap_pirq})
    CHECK(broker.allows(function, {22}));
  // It is no MSI.
  for (const auto function : {update_msi_irq, unbind_msi_irq})
    CHECK_FALSE(broker.allows(function, {0x30, 22}));
  broker.answer(map_pirq, {16, any}, {.pirq = 300});
  CHECK_FALSE(broker.allows(bind_pci_irq, {300}));  // it takes a byte: 44 would be meant
  CHECK(broker.allows(unmap_pirq, {300}));
  broker.answer(unmap_pirq, {22}, {});
  CHECK_FALSE(broker.allows(bind_pci_irq, {22}));
}

TEST_CASE("a line is bound to a pin once, until it is unbound") {
  Broker broker;
  broker.answer(map_pirq, {16, any}, {.pirq = 22});
  broker.answer(bind_pci_irq, {22, 0, 6, 0}, {});
  CHECK(broker.state.refusal({bind_pci_irq, 7, {22, 0, 6, 0}}) == "it is bound so already");
  CHECK(broker.allows(bind_pci_irq, {22, 0, 7, 0}));
  CHECK(broker.allows(bind_pci_irq, {22, 0, 31, 3}));
  // Each is a byte to Xen, so some would be the same pin.
  for (const auto& other : {std::array<std::uint64_t, 6>{22, 256, 6, 0},
                            {22, 1, 6, 0},
                            {22, 0, 262, 0},
                            {22, 0, 32, 0},
                            {22, 0, 6, 4},
                            {22, 0, 6, 256}})
    CHECK(broker.state.refusal({bind_pci_irq, 7, other}) == "it is no pin of the guest's");
  broker.answer(unbind_irq, {22, 0, 0, 6, 0, 0}, {});
  CHECK(broker.allows(bind_pci_irq, {22, 0, 6, 0}));
  broker.answer(bind_pci_irq, {22, 0, 6, 0}, {});
  broker.answer(unmap_pirq, {22}, {});
  broker.answer(map_pirq, {16, any}, {.pirq = 22});
  CHECK(broker.allows(bind_pci_irq, {22, 0, 6, 0}));
}

TEST_CASE("an interrupt that sysfs calls none is none") {
  for (const std::uint32_t irq : {0U, 255U}) {
    const BrokerState state{card_and_audio(),
                            [irq](const PciAddress&) { return std::optional{irq}; }};
    CHECK_FALSE(state.refusal({map_pirq, 7, {irq, any}}).empty());
  }
}

TEST_CASE("MSIs are those of the passed devices, with a table in a BAR of the same one") {
  const Broker broker;
  const auto allows = [&](std::uint64_t devfn, std::uint64_t bus, std::uint64_t table) {
    return broker.allows(map_pirq_msi, {any, any, devfn, bus, 0, table});
  };
  CHECK(allows(0, 1, 0));
  CHECK(allows(1, 1, 0));
  CHECK(allows(0, 1, 0xfc000000));
  CHECK(allows(1, 1, 0xfe000000));
  CHECK_FALSE(allows(1, 1, 0xfc000000));
  CHECK_FALSE(allows(0, 1, 0xfc001000));
  CHECK_FALSE(allows(0, 1, 0xc100));
  CHECK_FALSE(allows(2, 1, 0));
  CHECK_FALSE(allows(0, 2, 0));
  CHECK_FALSE(allows(0x100, 0, 0));  // 0000:01:00.0 in another way
  CHECK_FALSE(allows(0, 1 | 1ULL << 32, 0));
  CHECK_FALSE(allows(0, 1 | 1ULL << 16, 0));  // segment 1
}

TEST_CASE("an MSI is a new one of the host's, and a number of the guest's that is free") {
  Broker broker;
  const auto allows = [&](std::uint64_t index, std::uint64_t pirq) {
    return broker.allows(map_pirq_msi, {index, pirq, 0, 1, 0, 0});
  };
  CHECK(allows(any, any));
  CHECK(allows(any, 55));
  CHECK_FALSE(allows(40, any));  // whose that is only Xen knows
  CHECK_FALSE(allows(0xffffffff, any));
  CHECK_FALSE(allows(any, 16));                 // the line of the device
  CHECK_FALSE(allows(any, 16 + (1ULL << 32)));  // the same to Xen
  CHECK_FALSE(allows(any, 1ULL << 31));
  broker.answer(map_pirq_msi, {any, 55, 0, 1, 0, 0}, {.pirq = 55});
  CHECK_FALSE(allows(any, 55));
  for (const auto function : {update_msi_irq, unbind_msi_irq}) {
    CHECK(broker.allows(function, {0x30, 55}));
    CHECK_FALSE(broker.allows(function, {55, 56}));
    CHECK_FALSE(broker.allows(function, {0x30, 55 + (1ULL << 32)}));
  }
  CHECK_FALSE(broker.allows(unbind_irq, {55, 2}));
  CHECK_FALSE(broker.allows(unbind_irq, {55}));
  CHECK_FALSE(broker.allows(bind_pci_irq, {55}));
  broker.answer(unmap_pirq, {55}, {});
  CHECK(allows(any, 55));
}

TEST_CASE("what is no function of the broker's is refused") {
  CHECK(Broker{}.state.refusal({static_cast<BrokeredFunction>(99), 7, {}}) ==
        "it is no function that QEMU asks for");
}

}  // namespace
}  // namespace xenlaunch::test
