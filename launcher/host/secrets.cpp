#include "launcher/host/secrets.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace xenlaunch {
namespace {

constexpr std::string_view separators = " \t\n\"'";

constexpr std::array<std::string_view, 14> secret_parts{
    "password", "passwd",  "passphrase", "secret",  "token",  "credential", "luks.key",
    "cryptkey", "keyfile", "rootpw",     "netroot", "bootif", "ifname",     "hwaddr"};

bool names_a_secret(std::string_view key) {
  std::string name{key};
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return std::ranges::any_of(secret_parts, [&name](std::string_view part) {
    return name.find(part) != std::string::npos;
  });
}

bool is_password_line(const std::string& line) {
  std::istringstream words{line};
  std::string first;
  words >> first;
  return first.starts_with("password") || first.starts_with("GRUB_PASSWORD") ||
         first == "cryptomount";
}

template <typename Edit>
std::string edit_lines(std::string_view text, Edit edit) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string line{text.substr(0, end)};
    result += edit(line, end == std::string_view::npos ? "" : "\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return result;
}

std::string with_masked_value(std::string_view before) {
  std::string text{before};
  text.append("masked");
  return text;
}

/// "iscsi:user:secret@host", "http://user:secret@host/": what stands before the '@'.
std::string without_credentials(std::string_view text) {
  const std::size_t scheme = text.find("://");
  const std::size_t iscsi = text.find("iscsi:");
  const std::size_t begin = scheme != std::string_view::npos  ? scheme + 3
                            : iscsi != std::string_view::npos ? iscsi + 6
                                                              : std::string_view::npos;
  if (begin == std::string_view::npos) return std::string{text};
  const std::size_t at = text.substr(0, text.find('/', begin)).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string{text};
  return with_masked_value(text.substr(0, begin)).append(text.substr(at));
}

/// The options of a word, as "cifsroot=//host/share,username=a,password=b" has them.
std::string inner_masked(std::string_view word) {
  std::string result;
  while (true) {
    const std::size_t end = std::min(word.find(','), word.size());
    const std::string_view part = word.substr(0, end);
    const std::size_t equals = part.find('=');
    const bool secret = equals != std::string_view::npos && names_a_secret(part.substr(0, equals));
    result += secret ? with_masked_value(part.substr(0, equals + 1)) : without_credentials(part);
    if (end == word.size()) return result;
    result += ',';
    word.remove_prefix(end + 1);
  }
}

}  // namespace

std::string without_secrets(std::string_view line) {
  std::string result;
  while (!line.empty()) {
    const std::size_t begin = std::min(line.find_first_not_of(separators), line.size());
    result += line.substr(0, begin);
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(separators), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end);
    const std::size_t equals = word.find('=');
    const bool secret = equals != std::string_view::npos && names_a_secret(word.substr(0, equals));
    result += secret ? with_masked_value(word.substr(0, equals + 1)) : inner_masked(word);
    // A value in quotes is all of it a secret.
    if (secret && equals + 1 == word.size() && !line.empty() &&
        (line.front() == '"' || line.front() == '\'')) {
      const std::size_t close = line.find(line.front(), 1);
      line.remove_prefix(close == std::string_view::npos ? line.size() : close + 1);
    }
  }
  return result;
}

std::string without_addresses(std::string_view text) {
  constexpr std::string_view prefix = "enx";
  constexpr std::size_t digits = 12;
  std::string result{text};
  for (std::size_t at = result.find(prefix); at != std::string::npos;
       at = result.find(prefix, at + 1)) {
    const std::size_t begin = at + prefix.size();
    const std::size_t end =
        std::min(result.find_first_not_of("0123456789abcdef", begin), result.size());
    if (end - begin == digits) result.replace(begin + digits / 2, digits / 2, digits / 2, '0');
  }
  return result;
}

std::string default_routes(std::string_view ipv6_route) {
  constexpr std::size_t address = 32;                // hexadecimal digits
  constexpr std::size_t next_hop = 2 * address + 8;  // behind two addresses with their lengths
  return edit_lines(ipv6_route, [](std::string line, const char* end) {
    const bool is_default =
        line.find_first_not_of('0') == address && line.compare(address, 4, " 00 ") == 0;
    if (!is_default) return std::string{};
    if (line.size() >= next_hop + address)
      line.replace(next_hop + address / 2, address / 2, address / 2, '0');
    return line + end;
  });
}

std::string grub_without_secrets(std::string_view text) {
  return edit_lines(text, [](const std::string& line, const char* end) {
    return is_password_line(line) ? "" : without_secrets(line) + end;
  });
}

std::string first_processor(std::string_view cpuinfo) {
  const std::size_t end = cpuinfo.find("\n\n");
  return std::string{end == std::string_view::npos ? cpuinfo : cpuinfo.substr(0, end + 2)};
}

std::string only_pciback(std::string_view text) {
  bool goes_on = false;
  return edit_lines(text, [&goes_on](const std::string& line, const char* end) {
    const bool kept = goes_on || line.find("pciback") != std::string::npos;
    goes_on = kept && line.ends_with('\\');
    return kept ? line + end : std::string{end};
  });
}

std::string lines_with(std::string_view text, std::initializer_list<std::string_view> words) {
  return edit_lines(text, [&words](const std::string& line, const char* end) {
    return std::ranges::any_of(
               words,
               [&line](std::string_view word) { return line.find(word) != std::string::npos; })
               ? line + end
               : std::string{};
  });
}

}  // namespace xenlaunch
