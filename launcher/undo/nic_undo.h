#pragma once

#include "base/domid.h"
#include "base/progress.h"
#include "launcher/host/host_access.h"
#include "launcher/plan/undo.h"

namespace xenlaunch {

/// Takes back what was done to connect the network cards of domain `domid`: remove_nic_nodes,
/// disconnect_vif and disconnect_tap. Throws Error where xen-netback does not let go of a card; a
/// script that fails is told of, as libxl does, since its interface is about to go anyway.
void undo_nic_change(const Undo& undo, Domid domid, const HostAccess& host, Progress& progress);

}  // namespace xenlaunch
