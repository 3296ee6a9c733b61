#pragma once

#include "launcher/undo/undo_log.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// `perform`, and again over a new connection where it fails because that to xenstored broke, be it
/// in the undo or before: an undo does no harm when it runs twice, and the host is to be put back
/// as long as xenstored answers. A change is never made so, since half of it may be there: it
/// fails, and is undone.
PerformUndo over_new_connection(PerformUndo perform, Store& store);

}  // namespace xenlaunch
