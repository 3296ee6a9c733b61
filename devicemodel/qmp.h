#pragma once

#include <filesystem>
#include <string>

namespace xenlaunch {

/// Asks the QEMU behind the QMP socket for the pty of its chardev "serial0". Throws Error
/// (ExitCode::device_model) when it does not answer within five seconds, or answers something that
/// is no pty.
std::string query_serial_tty(const std::filesystem::path& socket);

/// The pty in the answer to query-chardev, or an empty string. The answer is hostile: only
/// /dev/pts/NUMBER is taken.
std::string serial_tty_in(const std::string& query_chardev_answer);

}  // namespace xenlaunch
