#pragma once

#include <array>
#include <cstdint>

#include "base/domid.h"
#include "base/pci_address.h"
#include "base/pci_resource.h"
#include "launcher/config/vm_config.h"

namespace xenlaunch {

/// A host function as the hypervisor has to know it to let a guest have it.
struct DeviceGrant {
  PciAddress address;
  std::array<PciResource, 7> resources{};
  std::uint32_t irq{};  ///< 0: none
  RdmPolicy rdm_policy = RdmPolicy::strict;
  bool legacy_vga = false;  ///< also VGA's window at 0xa0000 and its ports, for an integrated GPU
  friend bool operator==(const DeviceGrant&, const DeviceGrant&) = default;
};

/// What a function says whose interrupt line is wired to nothing (the PCI specification; libxl's
/// PCI_IRQ_LINE_LIMIT).
inline constexpr std::uint32_t no_interrupt = 0xff;

inline bool is_interrupt(std::uint32_t irq) {
  return irq != 0 && irq != no_interrupt;
}

/// Which domain Xen lets use which PCI device. Every call throws Error
/// (ExitCode::xen), naming the reason behind an errno where it is known.
class DeviceAssignment {
 public:
  virtual ~DeviceAssignment() = default;

  /// Grants the device's ports, memory and interrupt, and assigns it. A call that throws has
  /// assigned nothing.
  virtual void assign(Domid domid, const DeviceGrant& device) = 0;
  /// Takes the device from `domid`; fine where the domain is gone or has no such device.
  virtual void deassign(Domid domid, const PciAddress& device) = 0;
  /// Whether a domain other than dom0 has the device, by Xen's own account.
  virtual bool is_assigned(const PciAddress& device) = 0;
  /// Keeps a device that pciback has from everybody's memory, as after a guest. `xl
  /// pci-assignable-add` does so, and `xl pci-assignable-remove` takes no device that is not in
  /// quarantine.
  virtual void quarantine(const PciAddress& device) = 0;
  /// Lets dom0 have a device that Xen holds in quarantine; fine where it does not.
  virtual void release_to_dom0(const PciAddress& device) = 0;
};

}  // namespace xenlaunch
