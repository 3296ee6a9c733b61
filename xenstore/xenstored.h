#pragma once

#include <filesystem>

#include "launcher/base/file_descriptor.h"

namespace xenlaunch {

/// Where xenstored of Xen 4.x listens.
inline constexpr const char* xenstored_socket = "/run/xenstored/socket";

/// A connection to the xenstored that listens on `socket`, which says nothing and becomes readable
/// when xenstored ends: libxenstore itself tells nobody of that. Throws Error (ExitCode::xenstore)
/// as require_xenstored.
FileDescriptor connect_to(const std::filesystem::path& socket);

/// Throws Error (ExitCode::xenstore) unless a xenstored listens on `socket`. libxenstore alone
/// would go on to /dev/xen/xenbus, where without a xenstored every request waits for ever.
void require_xenstored(const std::filesystem::path& socket);

}  // namespace xenlaunch
