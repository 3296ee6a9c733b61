#pragma once

#include <string>
#include <vector>

#include "devicemodel/device_model_spec.h"

// How a person sees and hears the guest, as arguments of upstream QEMU.

namespace xenlaunch {

/// VNC's port for display 0.
inline constexpr unsigned first_vnc_port = 5900;

/// -vnc, -spice and -k. Passwords are set later, over QMP: a command line is everybody's to read.
void add_screen(std::vector<std::string>& argv, const DeviceModelSpec& spec);

/// A sound card at its own slot. What it plays is heard over SPICE; without that QEMU throws it
/// away (libxl__build_device_model_args_new names no audiodev, which QEMU 10 refuses).
void add_sound(std::vector<std::string>& argv, const DeviceModelSpec& spec);

}  // namespace xenlaunch
