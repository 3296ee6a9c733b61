#pragma once

#include <optional>
#include <string>

#include "base/progress.h"
#include "launcher/host/host_access.h"
#include "launcher/plan/undo.h"
#include "launcher/undo/device_return.h"
#include "launcher/undo/undo_log.h"

namespace xenlaunch {

/// Takes back the changes of a VM's launcher. It may be another process's changes, half made, or
/// changed further by somebody else since: each undo looks first at what there is, and leaves alone
/// what is not the VM's.
class Undoer {
 public:
  Undoer(const HostAccess& host, Progress& progress, WithoutReset without_reset)
      : host_{host},
        progress_{progress},
        devices_{host.pci, host.xen, host.store, progress, without_reset} {}

  /// Throws Error where it could not be undone.
  void perform(const Undo& undo, const DomainIdentity& domain);

  /// Xen gives numbers anew only after it has used all 32 thousand; then whatever goes by the
  /// domain's number (its nodes, its QEMU) is the other domain's.
  bool domid_is_anothers(const DomainIdentity& domain);

 private:
  std::optional<Domid> living(const DomainIdentity& domain);
  void deassign_device(const PciAddress& device, const DomainIdentity& domain);
  void forget_owner(const PciAddress& device, const DomainIdentity& domain);
  void remove_pci_nodes(const Undo& undo, const DomainIdentity& domain);
  void release_disks(const Undo& undo, const DomainIdentity& domain);
  void end_device_model(const Undo& undo, const DomainIdentity& domain);

  HostAccess host_;
  Progress& progress_;
  DeviceReturn devices_;
};

}  // namespace xenlaunch
