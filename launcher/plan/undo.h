#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "launcher/host/nic_script.h"

namespace xenlaunch {

/// What a change to the host needs to be taken back.
enum class UndoKind {
  nothing,         ///< the change needs none, ends with the process (a lock), or another one's
                   ///< undo covers it
  restore_device,  ///< device, to its driver
  release_device,  ///< device, from Xen's quarantine
  forget_driver,   ///< nodes: the record of the driver that a device was taken from
  leave_reset,     ///< device: to the kernel, `resets` in that order
  switch_rom_off,  ///< device
  destroy_domain,
  remove_nodes,      ///< nodes, with all below them
  release_disks,     ///< nodes: all of blkback's, then those whose removal makes it let go
  forget_owner,      ///< device: the record of whose it is
  deassign_device,   ///< device, from the domain; and reset it
  remove_pci_nodes,  ///< nodes, after pciback's answer, and wait until it has let go
  remove_nic_nodes,  ///< nodes, after xen-netback's end of each backend in the first of them
  disconnect_vif,    ///< nic: its script takes the paravirtual card from the bridge
  disconnect_tap,    ///< nic: its script takes the emulated card from the bridge
  end_device_model,  ///< QEMU; nodes: its sockets that are the VM file's
  pause_guest,
};

/// Whether it takes back what a VM holds over all its restarts: its devices.
constexpr bool is_held(UndoKind kind) {
  return kind == UndoKind::restore_device || kind == UndoKind::release_device ||
         kind == UndoKind::forget_driver || kind == UndoKind::leave_reset;
}

/// One change taken back, as a value: it can be written down, and be performed by another process
/// than the one that made the change. Performing it twice, or for a change that was never made,
/// does no harm.
struct Undo {
  UndoKind kind = UndoKind::nothing;
  std::string label{};  ///< reads on from "could not": "give 0000:00:02.0 back to i915"
  std::optional<PciAddress> device{};
  std::optional<std::string> driver{};
  std::vector<std::string> nodes{};
  std::vector<std::string> resets{};
  std::optional<ScriptedNic> nic{};
  friend bool operator==(const Undo&, const Undo&) = default;
};

}  // namespace xenlaunch
