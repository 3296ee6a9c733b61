#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace xenlaunch {

/// The longest passwords that a screen heeds, in bytes: VNC's own limit, and SPICE's
/// (SPICE_MAX_PASSWORD_LENGTH of spice-protocol).
inline constexpr std::size_t vnc_password_length = 8;
inline constexpr std::size_t spice_password_length = 60;

struct PasswordFile {
  std::optional<std::string> password{};
  std::string problem{};  ///< a clause, where there is no password: "others than root can read it"
};

/// The first line of a file that only root can read, printable and at most `longest` bytes.
PasswordFile read_password_file(const std::string& path, std::size_t longest);

}  // namespace xenlaunch
