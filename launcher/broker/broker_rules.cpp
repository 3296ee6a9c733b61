#include "launcher/broker/broker_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {
namespace {

template <typename Test>
bool any_resource(const BrokerRules& rules, Test test) {
  return std::ranges::any_of(rules.devices, [&test](const DeviceGrant& device) {
    return std::ranges::any_of(device.resources, [&test](const PciResource& resource) {
      return resource.is_there() && test(resource);
    });
  });
}

[[noreturn]] void refuse_word(const std::string& word) {
  throw Error{ExitCode::internal, "cannot take '" + excerpt(word) + "' as a rule of the broker"};
}

std::uint64_t parse_number(std::string_view text, int base, const std::string& word) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || rest != end) refuse_word(word);
  return value;
}

/// "memory=START+SIZE" or "ports=START+SIZE", in hex.
PciResource parse_resource(const std::string& word) {
  const std::size_t equals = word.find('=');
  const std::size_t plus = word.find('+');
  if (equals == std::string::npos || plus == std::string::npos || plus < equals) refuse_word(word);
  const std::string_view text = word;
  const std::string_view kind = text.substr(0, equals);
  if (kind != "memory" && kind != "ports") refuse_word(word);
  return {.start = parse_number(text.substr(equals + 1, plus - equals - 1), 16, word),
          .size = parse_number(text.substr(plus + 1), 16, word),
          .flags = kind == "ports" ? resource_io : resource_memory};
}

/// Any interrupt will do: an argument that is -1.
constexpr std::uint64_t any_number = ~std::uint64_t{0};

constexpr const char* not_ours = "it is no interrupt of the passed devices";

std::string unless(bool is_ours, const char* refusal) {
  return is_ours ? "" : refusal;
}

std::array<std::uint64_t, 4> pin_of(const BrokeredCall& call) {
  const auto& at = call.arguments;
  // xc_domain_unbind_pt_irq has the type before them.
  const std::size_t bus = call.function == BrokeredFunction::unbind_irq ? 2 : 1;
  return {at[0], at.at(bus), at.at(bus + 1), at.at(bus + 2)};
}

}  // namespace

std::vector<std::string> words_of(const BrokerRules& rules) {
  std::vector<std::string> words{std::to_string(rules.domid)};
  for (const DeviceGrant& device : rules.devices) {
    words.push_back(device.address.to_string());
    for (std::size_t i = 0; i < device.resources.size(); ++i) {
      const PciResource& resource = device.resources.at(i);
      const bool is_copy =
          i == PciFunction::rom_resource && (resource.flags & resource_rom_shadow) != 0;
      if (resource.is_there() && !is_copy)
        words.push_back(fmt::format("{}={:x}+{:x}", resource.is_io() ? "ports" : "memory",
                                    resource.start, resource.size));
    }
  }
  return words;
}

BrokerRules parse_rules(const std::vector<std::string>& words) {
  BrokerRules rules;
  if (words.empty()) refuse_word("");
  rules.domid = static_cast<Domid>(parse_number(words.front(), 10, words.front()));
  std::size_t resource = 0;
  for (auto word = words.begin() + 1; word != words.end(); ++word) {
    if (const auto address = PciAddress::parse(*word)) {
      rules.devices.push_back({.address = *address});
      resource = 0;
      continue;
    }
    if (rules.devices.empty() || resource == rules.devices.back().resources.size())
      refuse_word(*word);
    rules.devices.back().resources.at(resource++) = parse_resource(*word);
  }
  return rules;
}

BrokerState::BrokerState(BrokerRules rules, IrqOf irq_of)
    : rules_{std::move(rules)}, irq_of_{std::move(irq_of)} {}

bool BrokerState::is_line(std::uint64_t pirq) const {
  // The functions for lines take a byte: of a greater number another one would be meant.
  return pirq <= std::numeric_limits<std::uint8_t>::max() && lines_.contains(pirq);
}

bool BrokerState::has_irq(std::uint64_t irq) const {
  return std::ranges::any_of(rules_.devices, [&](const DeviceGrant& device) {
    const std::optional<std::uint32_t> own = irq_of_(device.address);
    return own && is_interrupt(*own) && *own == irq;
  });
}

/// A guest may name the one that it wants an MSI to be. The function takes an int.
bool BrokerState::is_free(std::uint64_t pirq) const {
  if (pirq == any_number) return true;
  return pirq <= std::numeric_limits<std::int32_t>::max() && !lines_.contains(pirq) &&
         !msis_.contains(pirq) && !has_irq(pirq);
}

/// The bus has the segment in its upper half (physdev_map_pirq of xen/arch/x86/physdev.c). The
/// table of MSI-X is named by the address of its BAR (xen_pt_msix_init of hw/xen/xen_pt_msi.c),
/// that of MSI by none. An interrupt that is named would be one of the host's.
bool BrokerState::has_msi(const BrokeredCall& call) const {
  // No names by a structured binding: clang 14 has no lambda that sees them.
  const std::uint64_t index = call.arguments[0];
  const std::uint64_t pirq = call.arguments[1];
  const std::uint64_t devfn = call.arguments[2];
  const std::uint64_t segment_and_bus = call.arguments[3];
  const std::uint64_t table = call.arguments[5];
  const auto is_at_table = [table](const PciResource& resource) {
    return resource.is_there() && resource.is_memory() && resource.start == table;
  };
  const auto is_one_of = [&](const DeviceGrant& device) {
    const PciAddress& own = device.address;
    return devfn == (own.device * 8U | own.function) &&
           segment_and_bus == (own.segment << 16 | own.bus) &&
           (table == 0 || std::ranges::any_of(device.resources, is_at_table));
  };
  return index == any_number && is_free(pirq) && std::ranges::any_of(rules_.devices, is_one_of);
}

/// QEMU's passed devices are on bus 0, of 32 devices with four pins.
std::string BrokerState::refuse_line(const BrokeredCall& call) const {
  const auto& [pirq, bus, device, pin, unused, more] = call.arguments;
  if (!is_line(pirq)) return not_ours;
  if (bus != 0 || device > 31 || pin > 3) return "it is no pin of the guest's";
  return unless(!bound_.contains(pin_of(call)), "it is bound so already");
}

std::string BrokerState::refusal(const BrokeredCall& call) const {
  const auto& arguments = call.arguments;
  if (call.domid != rules_.domid) return fmt::format("domain {} is another one", call.domid);
  const auto in_one = [&](auto is_kind, auto range_of) {
    return any_resource(rules_, [&](const PciResource& resource) {
      return is_kind(resource) && range_of(resource).holds(arguments[1], arguments[2]);
    });
  };
  switch (call.function) {
    case BrokeredFunction::map_pirq:
      return unless(has_irq(arguments[0]) && is_free(arguments[1]), not_ours);
    case BrokeredFunction::map_pirq_msi:
      return unless(has_msi(call), not_ours);
    case BrokeredFunction::unmap_pirq:
      return unless(lines_.contains(arguments[0]) || msis_.contains(arguments[0]), not_ours);
    case BrokeredFunction::update_msi_irq:
    case BrokeredFunction::unbind_msi_irq:
      return unless(msis_.contains(arguments[1]), not_ours);
    case BrokeredFunction::bind_pci_irq:
      return refuse_line(call);
    case BrokeredFunction::unbind_irq:
      // PT_IRQ_TYPE_PCI: Xen takes what another type is about for an MSI (pt_irq_destroy_bind).
      return unless(arguments[1] == 0 && is_line(arguments[0]), not_ours);
    case BrokeredFunction::map_memory:
      return unless(in_one(std::mem_fn(&PciResource::is_memory), std::mem_fn(&PciResource::pages)),
                    "it is no memory of the passed devices");
    case BrokeredFunction::map_ports:
      return unless(in_one(std::mem_fn(&PciResource::is_io), std::mem_fn(&PciResource::ports)),
                    "they are no ports of the passed devices");
  }
  return "it is no function that QEMU asks for";
}

void BrokerState::note(const BrokeredCall& call, const BrokeredAnswer& answer) {
  if (answer.result < 0) return;
  const auto pirq = static_cast<std::uint64_t>(answer.pirq);
  const std::uint64_t first = call.arguments[0];
  switch (call.function) {
    case BrokeredFunction::map_pirq:
      lines_.insert(pirq);
      break;
    case BrokeredFunction::map_pirq_msi:
      msis_.insert(pirq);
      break;
    case BrokeredFunction::unmap_pirq:
      lines_.erase(first);
      msis_.erase(first);
      std::erase_if(bound_, [first](const auto& pin) { return pin[0] == first; });
      break;
    case BrokeredFunction::bind_pci_irq:
      bound_.insert(pin_of(call));
      break;
    case BrokeredFunction::unbind_irq:
      bound_.erase(pin_of(call));
      break;
    default:
      break;
  }
}

}  // namespace xenlaunch
