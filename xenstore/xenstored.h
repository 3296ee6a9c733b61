#pragma once

#include <filesystem>

#include "base/file_descriptor.h"

namespace xenlaunch {

/// Where xenstored of Xen 4.x listens.
inline constexpr const char* xenstored_socket = "/run/xenstored/socket";

/// A connection to the xenstored that listens on `socket`. Throws Error (ExitCode::xenstore) where
/// there is none. Xen's other way to it, /dev/xen/xenbus, is not tried: without a xenstored every
/// request there waits for ever.
FileDescriptor connect_to(const std::filesystem::path& socket);

}  // namespace xenlaunch
