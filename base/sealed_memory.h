#pragma once

#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace xenlaunch {

/// A file in memory that holds `content` and can be changed by nobody: memfd_create(2) with its
/// seals. `name` is what the kernel shows of it. Throws Error (ExitCode::host).
FileDescriptor sealed_memory(const std::string& name, std::string_view content);

}  // namespace xenlaunch
