#pragma once

#include <string_view>

namespace xenlaunch {

/// Tells the service manager, if there is one, how we are: assignments, one a line, as
/// "READY=1\nSTATUS=domain 3 runs" (sd_notify(3) has them). A courtesy: what goes wrong is kept
/// quiet, and a message that would have to wait for a full queue is dropped.
void notify_service_manager(std::string_view state) noexcept;

}  // namespace xenlaunch
