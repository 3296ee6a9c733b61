#include "launcher/config/vm_values.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <bit>
#include <string_view>

#include "base/size.h"
#include "base/uuid.h"

namespace xenlaunch {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Not the C library's: those depend on the locale.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Why `text` is no whole number of MiB; the number otherwise.
struct WholeMib {
  std::uint64_t mib = 0;
  std::string problem{};
  std::string expectation = memory_expectation;
};

WholeMib parse_whole_mib(std::string_view text) {
  constexpr std::uint64_t mib = std::uint64_t{1} << 20;
  if (!text.empty() && std::ranges::all_of(text, is_digit)) {
    return {.problem = in_quotes(text) + " has no unit"};
  }
  const std::optional<std::uint64_t> bytes = parse_size(text);
  // A leading zero means octal to some YAML readers.
  if (!bytes || (text.starts_with('0') && is_digit(text[1]))) {
    return {.problem = in_quotes(text) + " is not a size"};
  }
  if (*bytes % mib != 0) {
    return {.problem = in_quotes(text) + " is not a whole number of MiB",
            .expectation = "a multiple of 1MiB"};
  }
  return {.mib = *bytes / mib};
}

/// Longer ones cannot be bound.
constexpr std::size_t max_socket_path = sizeof(sockaddr_un::sun_path) - 1;

bool fits_socket(const Field& field, const std::string& path) {
  if (path.size() <= max_socket_path) return true;
  field.report(fmt::format("the socket's path is {} bytes long", path.size()),
               fmt::format("at most {} bytes", max_socket_path));
  return false;
}

}  // namespace

std::optional<std::string> name_problem(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 64) return fmt::format("is {} bytes long", name.size());
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  };
  if (!std::ranges::all_of(name, allowed)) {
    return in_quotes(name) + " has a character that is not allowed";
  }
  if (name.starts_with('.') || name.starts_with('-')) {
    return fmt::format("{} starts with '{}'", in_quotes(name), name.front());
  }
  return std::nullopt;
}

std::optional<std::string> read_name(const Field& field) {
  std::optional<std::string> name = field.text(name_expectation);
  if (!name) return std::nullopt;
  if (const auto problem = name_problem(*name)) {
    field.report(*problem, name_expectation);
    return std::nullopt;
  }
  if (*name == "Domain-0") {
    field.report("'Domain-0' is the host's own", "another name");
    return std::nullopt;
  }
  if (std::ranges::all_of(*name, is_digit)) {
    field.report(in_quotes(*name) + " is a number, which xl takes for a domain id",
                 "a name with a letter");
    return std::nullopt;
  }
  return name;
}

std::optional<std::string> read_uuid(const Field& field) {
  const std::string expectation = "8-4-4-4-12 hex digits";
  const std::optional<std::string> original = field.text(expectation);
  if (!original) return std::nullopt;
  std::string uuid = *original;
  for (char& c : uuid) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  if (!is_uuid(uuid)) {
    field.report(in_quotes(*original) + " is not a uuid", expectation);
    return std::nullopt;
  }
  if (uuid.find_first_not_of("0-") == std::string::npos) {
    field.report("the uuid of zeros is dom0's", "another uuid, or none");
    return std::nullopt;
  }
  return uuid;
}

/// As it is written in a VM file: "4GiB".
std::string size_text(std::uint64_t mib) {
  std::string text = format_mib(mib);
  text.erase(text.find(' '), 1);
  return text;
}

std::optional<std::uint64_t> read_mib(const Field& field, std::uint64_t smallest,
                                      std::uint64_t largest) {
  const std::optional<std::string> text = field.text(memory_expectation);
  if (!text) return std::nullopt;
  const WholeMib size = parse_whole_mib(*text);
  if (!size.problem.empty()) {
    field.report(size.problem, size.expectation);
    return std::nullopt;
  }
  if (size.mib >= smallest && size.mib <= largest) return size.mib;
  field.report(in_quotes(*text) + " is out of range",
               fmt::format("from {} to {}", size_text(smallest), size_text(largest)));
  return std::nullopt;
}

std::optional<std::uint64_t> read_memory_mib(const Field& field) {
  return read_mib(field, 32, std::uint64_t{16} << 20);
}

std::optional<unsigned> read_videoram_mib(const Field& field) {
  const std::optional<unsigned> mib = field.integer(1, 256);
  if (!mib || std::has_single_bit(*mib)) return mib;
  field.report(fmt::format("{} is not a power of two", *mib),
               "1, 2, 4, 8, 16, 32, 64, 128 or 256 (MiB)");
  return std::nullopt;
}

std::optional<SerialConfig> read_serial(const Field& field) {
  using Kind = SerialConfig::Kind;
  const std::string expectation = "none, pty, file:PATH or unix:PATH";
  const std::optional<std::string> text = field.text(expectation);
  if (!text) return std::nullopt;
  if (*text == "none") return SerialConfig{.kind = Kind::none};
  if (*text == "pty") return SerialConfig{.kind = Kind::pty};
  const std::size_t colon = std::min(text->find(':'), text->size());
  const std::string kind = text->substr(0, colon);
  if (colon == text->size() || (kind != "file" && kind != "unix")) {
    field.report("unknown value " + in_quotes(*text), expectation);
    return std::nullopt;
  }
  const std::string path = text->substr(colon + 1);
  if (!path.starts_with('/')) {
    field.report(in_quotes(path) + " is not an absolute path", expectation);
    return std::nullopt;
  }
  if (kind == "file") return SerialConfig{.kind = Kind::file, .path = path};
  if (!fits_socket(field, path)) return std::nullopt;
  return SerialConfig{.kind = Kind::unix_socket, .path = path};
}

std::optional<std::string> read_socket_path(const Field& field) {
  std::optional<std::string> path = field.absolute_path();
  return path && fits_socket(field, *path) ? path : std::nullopt;
}

std::optional<std::string> read_ip_address(const Field& field) {
  const std::string expectation = "an IPv4 or IPv6 address";
  std::optional<std::string> text = field.text(expectation);
  if (!text) return std::nullopt;
  in6_addr address{};
  if (inet_pton(AF_INET, text->c_str(), &address) == 1) return text;
  if (inet_pton(AF_INET6, text->c_str(), &address) == 1) return text;
  field.report(in_quotes(*text) + " is not an IP address", expectation);
  return std::nullopt;
}

std::optional<PciAddress> read_pci_address(const Field& field) {
  const std::optional<std::string> text = field.text("SSSS:BB:DD.F");
  if (!text) return std::nullopt;
  const std::optional<PciAddress> address = PciAddress::parse(*text);
  if (!address) field.report(in_quotes(*text) + " is not a PCI address", "SSSS:BB:DD.F");
  return address;
}

std::optional<PciId> read_pci_id(const Field& field) {
  const std::optional<std::string> text = field.text("VVVV:DDDD");
  if (!text) return std::nullopt;
  const std::optional<PciId> id = PciId::parse(*text);
  if (!id) field.report(in_quotes(*text) + " is not a vendor and device id", "VVVV:DDDD");
  return id;
}

std::optional<OnEvent> read_on_event(const Field& field) {
  return field.choice<OnEvent>({{"destroy", OnEvent::destroy},
                                {"restart", OnEvent::restart},
                                {"preserve", OnEvent::preserve}});
}

}  // namespace xenlaunch
