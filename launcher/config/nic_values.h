#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "launcher/config/vm_config.h"
#include "launcher/config/yaml_fields.h"

/// Readers of the values of a network card. Each reports what is wrong and then returns nullopt.
namespace xenlaunch {

constexpr const char* bridge_expectation =
    "1 to 15 letters, digits, '.', '_' or '-', starting with a letter, digit or '_'";

std::optional<std::string> read_bridge(const Field& field);
std::optional<MacAddress> read_mac(const Field& field);
std::optional<std::string> read_ip_list(const Field& field);

/// The rate as xl takes it (xlu_vif_parse_rate of tools/libs/util/libxlu_vif.c): "100Mb/s" in bits
/// or "10MB/s" in bytes, with K, M or G for powers of 1000 or none of them; behind '@' how often
/// it is given anew, in "us", "ms" or "s", else every 50 ms. nullopt and `problem` where it is
/// none.
std::optional<NicRate> parse_rate(std::string_view text, std::string& problem);
std::optional<NicRate> read_rate(const Field& field);

}  // namespace xenlaunch
