#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xenlaunch {

/// "512MiB", "4GiB": a decimal integer and KiB, MiB, GiB or TiB, nothing between. Returns bytes.
/// nullopt for anything else, also for what does not fit 63 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// `mib` in the largest unit that divides it: "4 GiB", "1500 MiB".
std::string format_mib(std::uint64_t mib);

}  // namespace xenlaunch
