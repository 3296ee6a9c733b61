#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/file_descriptor.h"

// The guest's screen, asked for over QMP. Each call throws Error (ExitCode::device_model).

namespace xenlaunch {

enum class ScreenProtocol { vnc, spice };

/// Sets the password without which nobody sees the screen. VNC heeds its first 8 bytes alone
/// (qmp_set_password of QEMU).
void set_screen_password(const std::filesystem::path& socket, ScreenProtocol protocol,
                         const std::string& password);

/// The port in the answer to query-vnc; nullopt where it has none.
std::optional<unsigned> vnc_port_in(const std::string& query_vnc_answer);

/// The TCP port at which the QEMU behind `socket` shows the screen over VNC.
unsigned query_vnc_port(const std::filesystem::path& socket);

/// Has QEMU write what the screen shows to `file`, opened for writing alone, as a PPM (P6). A guest
/// without an emulated card has no screen that QEMU knows.
void dump_screen(const std::filesystem::path& socket, const FileDescriptor& file);

}  // namespace xenlaunch
