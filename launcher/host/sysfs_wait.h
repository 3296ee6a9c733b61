#pragma once

#include <chrono>
#include <functional>

namespace xenlaunch {

/// Whether `is_so` comes true within `limit`. It is asked again every millisecond: sysfs tells
/// nobody of what changes in it.
bool comes_true(const std::function<bool()>& is_so, std::chrono::milliseconds limit);

}  // namespace xenlaunch
