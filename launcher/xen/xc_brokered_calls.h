#pragma once

#include <functional>

#include "launcher/xen/brokered_call.h"

namespace xenlaunch {

using MakeBrokeredCall = std::function<BrokeredAnswer(const BrokeredCall&)>;

/// Opens Xen, and makes calls as they are. Throws Error (ExitCode::xen).
MakeBrokeredCall make_xc_brokered_calls();

}  // namespace xenlaunch
