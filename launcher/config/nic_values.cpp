#include "launcher/config/nic_values.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace xenlaunch {
namespace {

constexpr const char* mac_expectation = "a MAC address such as 00:16:3e:01:02:03";
constexpr const char* ip_expectation = "IPv4 or IPv6 addresses with a space between them";
constexpr const char* rate_expectation = "a rate such as 100Mb/s or 10MB/s@20ms";

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Takes a number without leading zeros, which libxl would take for octal, from the front of
/// `text`; nullopt where there is none that 32 bits hold, or it is 0.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number == 0 || text.front() == '0') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::uint64_t> bytes_per_second(std::string_view text) {
  const std::optional<std::uint64_t> number = take_number(text);
  if (!number) return std::nullopt;
  std::uint64_t bytes = *number;
  if (take(text, 'G'))
    bytes *= 1000 * 1000 * 1000;
  else if (take(text, 'M'))
    bytes *= 1000 * 1000;
  else if (take(text, 'K'))
    bytes *= 1000;
  if (text == "B/s") return bytes;
  return text == "b/s" ? std::optional{bytes / 8} : std::nullopt;
}

std::optional<std::uint64_t> microseconds(std::string_view text) {
  const std::optional<std::uint64_t> number = take_number(text);
  if (!number) return std::nullopt;
  std::uint64_t unit = 1000 * 1000;
  if (take(text, 'm'))
    unit = 1000;
  else if (take(text, 'u'))
    unit = 1;
  if (!text.empty() && text != "s") return std::nullopt;
  const std::uint64_t time = *number * unit;
  return time <= std::numeric_limits<std::uint32_t>::max() ? std::optional{time} : std::nullopt;
}

/// An address, or a network with its prefix's length behind '/'.
bool is_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  in6_addr bytes{};
  const bool is_4 = inet_pton(AF_INET, address.c_str(), &bytes) == 1;
  if (!is_4 && inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return false;
  if (slash == std::string::npos) return true;
  const std::string_view digits = std::string_view{text}.substr(slash + 1);
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  return error == std::errc{} && end == digits.data() + digits.size() &&
         prefix <= (is_4 ? 32U : 128U);
}

}  // namespace

std::optional<std::string> read_bridge(const Field& field) {
  std::optional<std::string> name = field.text(bridge_expectation);
  if (!name) return std::nullopt;
  const auto is_allowed = [](char c) { return is_word_character(c) || c == '.' || c == '-'; };
  if (!name->empty() && name->size() < IFNAMSIZ && is_word_character(name->front()) &&
      std::ranges::all_of(*name, is_allowed))
    return name;
  field.report(in_quotes(*name) + " is not the name of a network interface", bridge_expectation);
  return std::nullopt;
}

std::optional<MacAddress> read_mac(const Field& field) {
  const std::optional<std::string> text = field.text(mac_expectation);
  if (!text) return std::nullopt;
  const std::optional<MacAddress> mac = MacAddress::parse(*text);
  std::string problem;
  if (!mac)
    problem = "is not a MAC address";
  else if (mac->is_multicast())
    problem = "is a multicast address, which no card has";
  else if (mac->is_zero())
    problem = "is no card's address";
  if (problem.empty()) return mac;
  field.report(in_quotes(*text) + " " + problem, mac_expectation);
  return std::nullopt;
}

std::optional<std::string> read_ip_list(const Field& field) {
  std::optional<std::string> text = field.text(ip_expectation);
  if (!text) return std::nullopt;
  for (std::size_t start = 0; start <= text->size();) {
    const std::size_t end = std::min(text->find(' ', start), text->size());
    const std::string one = text->substr(start, end - start);
    if (!is_network(one)) {
      field.report(in_quotes(one) + " is not an IP address", ip_expectation);
      return std::nullopt;
    }
    start = end + 1;
  }
  return text;
}

std::optional<NicRate> parse_rate(std::string_view text, std::string& problem) {
  const std::size_t at = text.find('@');
  const std::optional<std::uint64_t> bytes = bytes_per_second(text.substr(0, at));
  const std::optional<std::uint64_t> interval =
      at == std::string_view::npos ? 50000 : microseconds(text.substr(at + 1));
  if (!bytes || !interval) {
    problem = "is not a rate";
    return std::nullopt;
  }
  if (*bytes > std::numeric_limits<std::uint64_t>::max() / *interval) {
    problem = "is out of range";
    return std::nullopt;
  }
  const NicRate rate{.bytes = *bytes * *interval / (1000 * 1000),
                     .interval_us = static_cast<std::uint32_t>(*interval)};
  if (rate.bytes != 0) return rate;
  problem = "is less than a byte at a time";
  return std::nullopt;
}

std::optional<NicRate> read_rate(const Field& field) {
  const std::optional<std::string> text = field.text(rate_expectation);
  if (!text) return std::nullopt;
  std::string problem;
  const std::optional<NicRate> rate = parse_rate(*text, problem);
  if (!rate) field.report(in_quotes(*text) + " " + problem, rate_expectation);
  return rate;
}

}  // namespace xenlaunch
