#pragma once

#include <map>

#include "base/progress.h"
#include "launcher/config/host_settings.h"
#include "launcher/host/pci_binder.h"
#include "launcher/plan/undo.h"
#include "launcher/xen/device_assignment.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// How devices come back to dom0. One that a guest has had is reset, then it is looked whether it
/// answers, and only then does it leave Xen's quarantine and go to its driver: what the guest left
/// in it could write to dom0's memory. One that cannot be reset stays with pciback and in
/// quarantine, or goes as it is, as the host's settings say.
class DeviceReturn {
 public:
  DeviceReturn(PciBinder& pci, DeviceAssignment& xen, Store& store, Progress& progress,
               WithoutReset without_reset);

  /// Of a device that was taken from a guest. A reset that fails is a warning.
  void reset(const PciAddress& device);

  /// Whether dom0 may have it. A device that a guest has had is reset first where nobody has tried.
  bool may_go(const PciAddress& device);

  /// Takes back what was done to a device itself, before any domain had it: restore_device,
  /// release_device, forget_driver, leave_reset and switch_rom_off. Throws Error where it cannot,
  /// and where the device is another domain's by now or does not answer. Of a device that is gone
  /// only the traces are removed, and `progress` is told.
  void undo(const Undo& undo);

 private:
  bool may_go_unreset(const PciAddress& device);
  bool has_unreset(const PciAddress& device);
  bool is_reset(const PciAddress& device);
  void restore(const Undo& undo);
  void keep(const Undo& undo);
  void undo_for_gone(const Undo& undo);

  PciBinder& pci_;
  DeviceAssignment& xen_;
  Store& store_;
  Progress& progress_;
  WithoutReset without_reset_;
  std::map<PciAddress, bool> resets_;  ///< that were tried, and whether they succeeded
};

}  // namespace xenlaunch
