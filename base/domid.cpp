#include "base/domid.h"

#include <charconv>

namespace xenlaunch {

std::optional<Domid> parse_domid(std::string_view text) {
  Domid domid = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, domid);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return domid;
}

}  // namespace xenlaunch
