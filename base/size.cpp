#include "base/size.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace xenlaunch {

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, 10);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit{stop, static_cast<std::size_t>(end - stop)};
  constexpr std::array<std::pair<std::string_view, int>, 4> units{
      {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}}};
  for (const auto& [name, shift] : units) {
    if (unit != name) continue;
    if (number > std::uint64_t{std::numeric_limits<std::int64_t>::max()} >> shift)
      return std::nullopt;
    return number << shift;
  }
  return std::nullopt;
}

std::string format_mib(std::uint64_t mib) {
  constexpr std::uint64_t gib = 1024, tib = 1024 * 1024;
  if (mib != 0 && mib % tib == 0) return std::to_string(mib / tib) + " TiB";
  if (mib != 0 && mib % gib == 0) return std::to_string(mib / gib) + " GiB";
  return std::to_string(mib) + " MiB";
}

}  // namespace xenlaunch
