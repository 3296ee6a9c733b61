#pragma once

#include "launcher/config/vm_config.h"
#include "launcher/config/yaml_fields.h"

namespace xenlaunch {

/// The reader of usb. It reports what is wrong; its result is only of use where nothing was.
UsbConfig read_usb(const Field& field);

}  // namespace xenlaunch
