#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace xenlaunch {

using Domid = std::uint32_t;

/// A domain id as xenstore has it: decimal digits and nothing else; nullopt for anything else.
std::optional<Domid> parse_domid(std::string_view text);

}  // namespace xenlaunch
