#include "base/pci_address.h"

#include <fmt/format.h>

#include <charconv>

namespace xenlaunch {
namespace {

/// Exactly `digits` hex digits at the start of `text`, which they are cut from.
std::optional<unsigned> take_hex(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  const char* end = text.data() + digits;
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<PciAddress> PciAddress::parse(std::string_view text) {
  constexpr std::size_t without_segment = sizeof("BB:DD.F") - 1;
  constexpr std::size_t fewest_digits = 4;
  constexpr std::size_t most_digits = 8;
  std::optional<unsigned> segment = 0;
  if (text.size() > without_segment) {
    const std::size_t digits = text.size() - without_segment - 1;
    if (digits < fewest_digits || digits > most_digits) return std::nullopt;
    if (digits > fewest_digits && text.front() == '0') return std::nullopt;
    segment = take_hex(text, digits);
    if (!segment || !take_char(text, ':')) return std::nullopt;
  }
  const std::optional<unsigned> bus = take_hex(text, 2);
  if (!bus || !take_char(text, ':')) return std::nullopt;
  const std::optional<unsigned> device = take_hex(text, 2);
  if (!device || *device > 31 || !take_char(text, '.')) return std::nullopt;
  const std::optional<unsigned> function = take_hex(text, 1);
  if (!function || *function > 7 || !text.empty()) return std::nullopt;
  return PciAddress{*segment, static_cast<std::uint8_t>(*bus), static_cast<std::uint8_t>(*device),
                    static_cast<std::uint8_t>(*function)};
}

std::string PciAddress::to_string() const {
  return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", segment, bus, device, function);
}

std::uint32_t PciAddress::sbdf() const {
  return segment << 16 | static_cast<std::uint32_t>(bus) << 8 |
         static_cast<std::uint32_t>(device) << 3 | function;
}

std::optional<PciId> PciId::parse(std::string_view text) {
  const std::optional<unsigned> vendor = take_hex(text, 4);
  if (!vendor || !take_char(text, ':')) return std::nullopt;
  const std::optional<unsigned> device = take_hex(text, 4);
  if (!device || !text.empty()) return std::nullopt;
  return PciId{static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*device)};
}

std::string PciId::to_string() const {
  return fmt::format("{:04x}:{:04x}", vendor, device);
}

}  // namespace xenlaunch
