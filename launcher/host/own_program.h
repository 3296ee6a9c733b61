#pragma once

#include <filesystem>

namespace xenlaunch {

/// Our own program, as another process runs it, also after an upgrade has replaced the file.
inline constexpr const char* own_program = "/proc/self/exe";

/// The library by which a QEMU that is restricted asks the broker, in the place of Xen, for what
/// its passed devices need: ../lib/xenlaunch/broker.so, seen from the folder of our program.
std::filesystem::path broker_library();

}  // namespace xenlaunch
