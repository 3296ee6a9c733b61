#pragma once

#include <array>
#include <cstdint>

#include "base/domid.h"

namespace xenlaunch {

/// What QEMU asks of libxenctrl for its passed devices while the guest runs (hw/xen/xen_pt*.c), and
/// the kernel lets nobody do who is restricted to a domain (privcmd_ioctl_hypercall of
/// drivers/xen/privcmd.c). The arguments are those of the function, without connection and domain.
enum class BrokeredFunction : std::uint32_t {
  map_pirq,        ///< xc_physdev_map_pirq
  map_pirq_msi,    ///< xc_physdev_map_pirq_msi
  unmap_pirq,      ///< xc_physdev_unmap_pirq
  bind_pci_irq,    ///< xc_domain_bind_pt_pci_irq
  unbind_irq,      ///< xc_domain_unbind_pt_irq
  update_msi_irq,  ///< xc_domain_update_msi_irq
  unbind_msi_irq,  ///< xc_domain_unbind_msi_irq
  map_memory,      ///< xc_domain_memory_mapping
  map_ports,       ///< xc_domain_ioport_mapping
};

/// A call as QEMU's library sends it, in one message. All of it may be a guest's. After an upgrade
/// the launcher of a VM and its next broker are older than the library: what is there stays as it
/// is.
struct BrokeredCall {
  BrokeredFunction function{};
  Domid domid{};
  std::array<std::uint64_t, 6> arguments{};
  friend bool operator==(const BrokeredCall&, const BrokeredCall&) = default;
};

struct BrokeredAnswer {
  std::int32_t result{};  ///< what the function returns
  std::int32_t error{};   ///< errno, where that is negative
  std::int32_t pirq{};    ///< what map_pirq and map_pirq_msi have written
  friend bool operator==(const BrokeredAnswer&, const BrokeredAnswer&) = default;
};

/// QEMU's end of the socket, above what QEMU opens by itself.
inline constexpr int brokers_file = 511;

}  // namespace xenlaunch
