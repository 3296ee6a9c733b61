#pragma once

#include "launcher/config/vm_config.h"
#include "launcher/config/yaml_fields.h"

/// Readers of vnc, spice and sound. Each reports what is wrong; its result is only of use where
/// nothing was reported.
namespace xenlaunch {

VncConfig read_vnc(const Field& field);
SpiceConfig read_spice(const Field& field);
std::optional<SoundCard> read_sound(const Field& field);
std::optional<TpmVersion> read_tpm(const Field& field);

}  // namespace xenlaunch
