#pragma once

#include <string>

namespace xenlaunch {

/// A random UUID (version 4) in lower case. Throws Error (ExitCode::host) where the kernel gives no
/// random bytes.
std::string random_uuid();

}  // namespace xenlaunch
