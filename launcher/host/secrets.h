#pragma once

#include <string>
#include <string_view>

namespace xenlaunch {

// What a copy of a host's files leaves out, so that people can show it to others.

/// The line with "masked" in place of the values of words that name passwords, keys, tokens or
/// hardware addresses (rd.luks.key=, systemd.set_credential=, netroot=, BOOTIF=, …). The words
/// themselves stay, and everything else, byte for byte.
std::string without_secrets(std::string_view line);

/// The text with zeros for the half of a hardware address that is one device's own, in names of
/// network interfaces: "enx001122000000" for "enx001122aabbcc".
std::string without_addresses(std::string_view text);

/// The default routes of /proc/net/ipv6_route, with zeros for the half of each router's address
/// that may hold its hardware address.
std::string default_routes(std::string_view ipv6_route);

/// The text of a grub.cfg, or of a file below /etc/default, line for line: lines that set a
/// password (password, password_pbkdf2, cryptomount with one) are left out, others are
/// without_secrets.
std::string grub_without_secrets(std::string_view text);

/// The first processor of /proc/cpuinfo.
std::string first_processor(std::string_view cpuinfo);

/// The text with every line empty that does not name xen-pciback, so that line numbers stay.
std::string only_pciback(std::string_view text);

/// Its lines that hold one of `words` and nothing else, for lists of modules and options.
std::string lines_with(std::string_view text, std::initializer_list<std::string_view> words);

}  // namespace xenlaunch
