#include "launcher/xen/xc_device_assignment.h"

#include <cerrno>

#include "base/error.h"
#include "launcher/xen/assignment_reason.h"

namespace xenlaunch {
namespace {

constexpr unsigned long vga_window_frame = 0xa0000 >> XC_PAGE_SHIFT;
constexpr unsigned long vga_window_frames = 0x20;

void grant_resource(XcHandle& xc, Domid domid, const PciResource& resource,
                    const std::string& name) {
  if (!resource.is_there()) return;
  if (resource.is_io()) {
    xc.check(
        xc_domain_ioport_permission(xc.get(), domid, static_cast<std::uint32_t>(resource.start),
                                    static_cast<std::uint32_t>(resource.size), 1),
        "grant the guest the I/O ports of " + name);
    return;
  }
  const ResourceRange pages = resource.pages();
  xc.check(xc_domain_iomem_permission(xc.get(), domid, pages.first, pages.count(), 1),
           "grant the guest the memory of " + name);
}

/// Ports of a VGA, which QEMU maps for an integrated GPU (xen_pt_register_vga_regions of
/// hw/xen/xen_pt_graphics.c). Until 4.22 the mapping grants them itself.
constexpr std::uint32_t vga_ports = 0x3b0;
constexpr std::uint32_t vga_port_count = 0x30;

void grant_pirq(XcHandle& xc, Domid domid, std::uint32_t irq, const std::string& name) {
  if (!is_interrupt(irq)) return;
  int pirq = static_cast<int>(irq);
  xc.check(xc_physdev_map_pirq(xc.get(), domid, static_cast<int>(irq), &pirq),
           "map the interrupt of " + name + " for the guest");
  xc.check(xc_domain_irq_permission(xc.get(), domid, static_cast<std::uint32_t>(pirq), true),
           "grant the guest the interrupt of " + name);
}

#ifdef XEN_DOMCTL_GSI_GRANT

/// As libxl__arch_hvm_map_gsi does from a PVH dom0 (tools/libs/light/libxl_x86.c).
void grant_gsi(XcHandle& xc, Domid domid, const DeviceGrant& device, const std::string& name) {
  const int gsi = xc_pcidev_get_gsi(xc.get(), device.address.sbdf());
  if (gsi < 0 && errno == ENOENT) return;
  xc.check(gsi, "ask for the interrupt of " + name);
  int pirq = -1;
  xc.check(xc_physdev_map_pirq_gsi(xc.get(), domid, gsi, &pirq),
           "map the interrupt of " + name + " for the guest");
  xc.check(xc_domain_gsi_permission(xc.get(), domid, static_cast<std::uint32_t>(gsi),
                                    XEN_DOMCTL_GSI_GRANT),
           "grant the guest the interrupt of " + name);
}

#endif

void grant_interrupt(XcHandle& xc, Domid domid, const DeviceGrant& device,
                     const std::string& name) {
#ifdef XEN_DOMCTL_GSI_GRANT
  if (!has_pirqs(xc, 0)) return grant_gsi(xc, domid, device, name);
#endif
  grant_pirq(xc, domid, device.irq, name);
}

/// DOMID_IO maps no memory, so that reserved memory is in nobody's way
/// (libxl__device_pci_assignable_add of tools/libs/light/libxl_pci.c).
int move_to_quarantine(XcHandle& xc, const PciAddress& device) {
  return xc_assign_device(xc.get(), DOMID_IO, device.sbdf(), XEN_DOMCTL_DEV_RDM_RELAXED);
}

}  // namespace

/// libxl__arch_local_domain_has_pirq_notion of tools/libs/light/libxl_x86.c.
bool has_pirqs(XcHandle& xc, Domid domid) {
  xc_domaininfo_t info{};
  const int count = xc_domain_getinfolist(xc.get(), domid, 1, &info);
  xc.check(count, "look up domain " + std::to_string(domid));
  return (info.flags & XEN_DOMINF_hvm_guest) == 0 ||
         (info.arch_config.emulation_flags & XEN_X86_EMU_USE_PIRQ) != 0;
}

void assign_device(XcHandle& xc, Domid domid, const DeviceGrant& device) {
  const std::string name = device.address.to_string();
  xc.forget_messages();
  const std::uint32_t flags =
      device.rdm_policy == RdmPolicy::relaxed ? XEN_DOMCTL_DEV_RDM_RELAXED : 0U;
  // From quarantine, so that it goes back there at the guest's end whatever Xen's command line says
  // (deassign_device of xen/drivers/passthrough/pci.c).
  if (move_to_quarantine(xc, device.address) < 0 ||
      xc_assign_device(xc.get(), domid, device.address.sbdf(), flags) < 0) {
    const int error_number = errno;
    throw Error{ExitCode::xen, "cannot assign " + name +
                                   " to the guest: " + errno_name(error_number) + ": " +
                                   assignment_reason(error_number)};
  }
  try {
    for (const PciResource& resource : device.resources) grant_resource(xc, domid, resource, name);
    grant_interrupt(xc, domid, device, name);
    if (device.legacy_vga) {
      xc.check(xc_domain_iomem_permission(xc.get(), domid, vga_window_frame, vga_window_frames, 1),
               "grant the guest the VGA window of " + name);
      xc.check(xc_domain_ioport_permission(xc.get(), domid, vga_ports, vga_port_count, 1),
               "grant the guest the VGA ports of " + name);
    }
  } catch (...) {
    xc_deassign_device(xc.get(), domid, device.address.sbdf());
    throw;
  }
}

void quarantine_device(XcHandle& xc, const PciAddress& device) {
  xc.forget_messages();
  if (move_to_quarantine(xc, device) == 0) return;
  const int error_number = errno;
  throw Error{ExitCode::xen, "cannot put " + device.to_string() + " into Xen's quarantine: " +
                                 errno_name(error_number) + ": " + assignment_reason(error_number)};
}

void deassign_device(XcHandle& xc, Domid domid, const PciAddress& device) {
  if (xc_deassign_device(xc.get(), domid, device.sbdf()) == 0) return;
  const int error_number = errno;
  // No such domain any more, or the device is not its: somebody else (xl destroy) was first.
  if (error_number == ESRCH || error_number == ENODEV || error_number == EINVAL) return;
  xc.fail("take " + device.to_string() + " from domain " + std::to_string(domid), error_number);
}

}  // namespace xenlaunch
