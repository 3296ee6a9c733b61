#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace xenlaunch {

/// A random UUID (version 4) in lower case. Throws Error (ExitCode::host) where the kernel gives no
/// random bytes.
std::string random_uuid();

/// Whether it is one as random_uuid makes it, of any version: 8-4-4-4-12 hex digits in lower case.
bool is_uuid(std::string_view text);

/// The 16 bytes as text: lower case, with dashes.
std::string uuid_text(const std::array<std::uint8_t, 16>& bytes);

}  // namespace xenlaunch
