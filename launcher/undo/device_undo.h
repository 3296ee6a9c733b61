#pragma once

#include "base/progress.h"
#include "launcher/host/pci_binder.h"
#include "launcher/plan/undo.h"
#include "launcher/xen/device_assignment.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// Takes back what was done to a device itself, before any domain had it: restore_device,
/// release_device, forget_driver and switch_rom_off. Throws Error where it cannot, and where the
/// device is another domain's by now or does not answer. Of a device that is gone only the traces
/// are removed, and `progress` is told.
void undo_device_change(const Undo& undo, PciBinder& pci, DeviceAssignment& xen, Store& store,
                        Progress& progress);

}  // namespace xenlaunch
