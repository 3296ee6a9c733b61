#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace xenlaunch {

/// A random UUID (version 4) in lower case. Throws Error (ExitCode::host) where the kernel gives no
/// random bytes.
std::string random_uuid();

/// The 16 bytes as text: lower case, with dashes.
std::string uuid_text(const std::array<std::uint8_t, 16>& bytes);

}  // namespace xenlaunch
