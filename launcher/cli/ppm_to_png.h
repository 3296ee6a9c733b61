#pragma once

#include <string>
#include <string_view>

namespace xenlaunch {

/// A picture as QEMU's screendump writes it (ppm_save of ui/console.c: P6, 8 bits a colour) as a
/// PNG file. Throws Error (ExitCode::device_model) where `ppm` is no such picture, or one of more
/// than 16384 pixels a side.
std::string ppm_to_png(std::string_view ppm);

}  // namespace xenlaunch
