#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "base/xen_version.h"

namespace xenlaunch {

struct HypervisorInfo {
  bool hvm = false;
  bool hap = false;
  bool iommu = false;  ///< hvm_directio: a device can be assigned
  std::uint64_t free_kib{};
  unsigned last_cpu{};  ///< the highest number of a CPU
  XenVersion version = xen_built_for();
  bool dom0_is_pvh = false;         ///< its interrupts are no PIRQs
  bool gives_gsis_from_pvh = true;  ///< Xen and its library can take an interrupt from such a dom0
  friend bool operator==(const HypervisorInfo&, const HypervisorInfo&) = default;
};

/// What the running Xen says of itself and of the host. Every call throws Error (ExitCode::xen).
class XenHost {
 public:
  virtual ~XenHost() = default;

  virtual HypervisorInfo info() = 0;
  virtual std::string version() = 0;       ///< "4.17.7"; every Xen answers this
  virtual std::string command_line() = 0;  ///< Xen's own, of this boot
  /// What Xen has said since its boot; the beginning is gone where its ring was too small for all
  /// of it.
  virtual std::string messages() = 0;
  /// The NUMA node that each of `devices` is at, in their order; nullopt where Xen does not know.
  virtual std::vector<std::optional<unsigned>> numa_nodes(
      const std::vector<PciAddress>& devices) = 0;
};

}  // namespace xenlaunch
