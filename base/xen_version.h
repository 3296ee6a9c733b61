#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace xenlaunch {

/// The two numbers of a Xen's version by which its ABI, its files and its packages go.
struct XenVersion {
  unsigned major_number{};  // <sys/sysmacros.h> may define `major`
  unsigned minor_number{};
  std::string to_string() const;  ///< "4.17"
  friend auto operator<=>(const XenVersion&, const XenVersion&) = default;
};

/// The numbers that "4.17.7" or "4.17-rc1" begins with; nullopt for anything else.
std::optional<XenVersion> parse_xen_version(std::string_view text);

/// The Xen whose libraries we are linked to.
XenVersion xen_built_for();

}  // namespace xenlaunch
