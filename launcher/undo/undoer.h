#pragma once

#include <optional>
#include <string>

#include "base/progress.h"
#include "launcher/host/host_access.h"
#include "launcher/plan/undo.h"

namespace xenlaunch {

/// The domain of a start, which has a name in Xen (its handle) before it has a number: where nobody
/// wrote the number down, the domain is found all the same.
struct DomainIdentity {
  std::string uuid;
  std::optional<Domid> domid{};  ///< nullopt: not created yet, or not known
};

/// Takes changes back. It may be another process's changes, half made, or changed further by
/// somebody else since: each undo looks first at what there is, and leaves alone what is not the
/// VM's.
class Undoer {
 public:
  /// `domain` is read at each undo.
  Undoer(const HostAccess& host, const DomainIdentity& domain, Progress& progress);

  /// Throws Error where it could not be undone.
  void perform(const Undo& undo);

  /// Xen gives numbers anew only after it has used all 32 thousand; then whatever goes by the
  /// domain's number (its nodes, its QEMU) is the other domain's.
  bool domid_is_anothers();

 private:
  std::optional<Domid> living_domain();
  void take_device(const PciAddress& device);
  void reset(const PciAddress& device);
  void restore_device(const Undo& undo);
  void forget_owner(const PciAddress& device);
  void remove_nodes(const Undo& undo);
  void remove_pci_nodes(const Undo& undo);
  void await_pciback(const std::string& state);

  HostAccess host_;
  const DomainIdentity& domain_;
  Progress& progress_;
};

}  // namespace xenlaunch
