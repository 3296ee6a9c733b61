#pragma once

#include <filesystem>

namespace xenlaunch {

/// Where xenstored of Xen 4.x listens.
inline constexpr const char* xenstored_socket = "/run/xenstored/socket";

/// Throws Error (ExitCode::xenstore) unless a xenstored listens on `socket`. libxenstore alone
/// would go on to /dev/xen/xenbus, where without a xenstored every request waits for ever.
void require_xenstored(const std::filesystem::path& socket);

}  // namespace xenlaunch
