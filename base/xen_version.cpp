#include "base/xen_version.h"

#include <charconv>

#include "base/version.h"

namespace xenlaunch {

std::string XenVersion::to_string() const {
  return std::to_string(major_number) + "." + std::to_string(minor_number);
}

std::optional<XenVersion> parse_xen_version(std::string_view text) {
  XenVersion numbers;
  const char* end = text.data() + text.size();
  const auto [dot, bad_major] = std::from_chars(text.data(), end, numbers.major_number);
  if (bad_major != std::errc{} || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, bad_minor] = std::from_chars(dot + 1, end, numbers.minor_number);
  if (bad_minor != std::errc{}) return std::nullopt;
  return numbers;
}

XenVersion xen_built_for() {
  return parse_xen_version(built_for_xen).value_or(XenVersion{});
}

}  // namespace xenlaunch
