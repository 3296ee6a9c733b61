#pragma once

#include "launcher/import/conversion.h"

namespace xenlaunch {

/// Has the VM file's own reader look at what has become of it: each of its rules stands there
/// alone. What it does not take is refused, at the key that it comes of.
void read_back(Conversion& c);

}  // namespace xenlaunch
