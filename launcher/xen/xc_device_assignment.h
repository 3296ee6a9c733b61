#pragma once

#include "launcher/xen/device_assignment.h"
#include "launcher/xen/xc_handle.h"

namespace xenlaunch {

/// Whether the domain's interrupts from devices are PIRQs: those of a PVH dom0 are not.
bool has_pirqs(XcHandle& xc, Domid domid);

/// Whether the library can name an interrupt without them. xc_pcidev_get_gsi came with 4.20.
#ifdef XEN_DOMCTL_GSI_GRANT
inline constexpr bool can_map_gsis = true;
#else
inline constexpr bool can_map_gsis = false;
#endif

/// See DeviceAssignment::assign. Follows pci_add_dm_done of tools/libs/light/libxl_pci.c, but
/// assigns first: Xen then checks every grant against the owner, and a device that cannot be had
/// leaves nothing to take back.
void assign_device(XcHandle& xc, Domid domid, const DeviceGrant& device);

/// See DeviceAssignment::quarantine.
void quarantine_device(XcHandle& xc, const PciAddress& device);

/// See DeviceAssignment::deassign; `domid` may be DOMID_IO.
void deassign_device(XcHandle& xc, Domid domid, const PciAddress& device);

}  // namespace xenlaunch
