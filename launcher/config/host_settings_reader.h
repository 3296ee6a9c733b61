#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "launcher/config/host_settings.h"

namespace xenlaunch {

/// Reads and validates the host settings, as read_vm_file() does a VM file and with messages of the
/// same form. Where there is no such file (ENOENT) all settings have their defaults; they have them
/// in an empty file too. Throws Error (ExitCode::host), also where the file cannot be read ("cannot
/// read host settings FILE: REASON").
HostSettings read_host_settings(const std::filesystem::path& file);

/// The same for text already read; `file` is the name that the messages use.
HostSettings parse_host_settings(std::string_view text, const std::string& file);

}  // namespace xenlaunch
