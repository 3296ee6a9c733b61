#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "devicemodel/device_model_spec.h"

namespace xenlaunch {

/// The descriptor by which QEMU has the image at `place` of DeviceModelSpec::handed_images; and the
/// name under which it opens that: QEMU's own, of its set of descriptors `place`.
int handed_file(std::size_t place);
std::string handed_path(std::size_t place);

/// Of a paravirtual disk alone QEMU learns through xenstore, where it serves it at all.
void add_disks(std::vector<std::string>& argv, const DeviceModelSpec& spec);

/// The images that it gets as descriptors.
void add_handed_images(std::vector<std::string>& argv, const DeviceModelSpec& spec);

}  // namespace xenlaunch
