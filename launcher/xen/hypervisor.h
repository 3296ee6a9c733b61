#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  bool legacy_vga = false;  ///< also the VGA window at 0xa0000, for an integrated GPU
  friend bool operator==(const DeviceGrant&, const DeviceGrant&) = default;
};

/// What the hypervisor builds.
struct DomainSpec {
  std::optional<std::string> uuid;  ///< made up at each start where absent
  unsigned vcpus = 1;
  std::uint64_t memory_mib{};    ///< video memory included
  std::uint64_t videoram_mib{};  ///< of an emulated card; QEMU populates it
  std::uint64_t
      slack_kib{};  ///< beyond memory_mib, for the ROMs that QEMU populates in guest memory
  std::uint64_t mmio_hole_mib{};  ///< below 4 GiB
  std::string hvmloader;          ///< paths
  std::string firmware;
  std::vector<DeviceGrant> devices;
  friend bool operator==(const DomainSpec&, const DomainSpec&) = default;
};

struct HypervisorInfo {
  bool hvm = false;
  bool hap = false;
  bool iommu = false;  ///< hvm_directio: a device can be assigned
  std::uint64_t free_kib{};
  friend bool operator==(const HypervisorInfo&, const HypervisorInfo&) = default;
};

/// SHUTDOWN_* of xen/include/public/sched.h.
enum class ShutdownReason {
  poweroff = 0,
  reboot = 1,
  suspend = 2,
  crash = 3,
  watchdog = 4,
  soft_reset = 5
};

struct DomainState {
  Domid domid{};
  bool dying = false;
  std::optional<ShutdownReason> shutdown;
  bool paused = false;
  std::string uuid{};  ///< Xen's handle of the domain, as in DomainSpec
  std::uint64_t memory_kib{};
  unsigned vcpus{};
  friend bool operator==(const DomainState&, const DomainState&) = default;
};

/// Event channels of the domain, to xenstored and to xenconsoled.
struct ChannelPorts {
  std::uint32_t store{};
  std::uint32_t console{};
};

/// Guest frames of the two rings.
struct RingFrames {
  std::uint64_t store{};
  std::uint64_t console{};
};

/// KiB of Xen's own memory for the domain's page tables: libxl_get_required_shadow_memory's 1 MiB a
/// vCPU, and 4 bytes a page of guest memory for its P2M, twice with HAP's counterpart for the
/// IOMMU.
std::uint64_t paging_pool_kib(const DomainSpec& spec);

/// Xen in our words. Every call throws Error (ExitCode::xen), naming the reason behind an errno
/// where it is known.
class Hypervisor {
 public:
  virtual ~Hypervisor() = default;

  virtual HypervisorInfo info() = 0;
  virtual std::string version() = 0;       ///< "4.17.7"; every Xen answers this
  virtual std::string command_line() = 0;  ///< Xen's own, of this boot
  /// What Xen has said since its boot; the beginning is gone where its ring was too small for all
  /// of it.
  virtual std::string messages() = 0;
  virtual std::optional<DomainState> domain(Domid domid) = 0;  ///< nullopt: no such domain
  /// The newest domain with this handle that is not just being destroyed.
  virtual std::optional<DomainState> find(const std::string& uuid) = 0;

  virtual Domid create(const DomainSpec& spec, const std::string& uuid) = 0;
  /// All that comes before memory: vcpus, limits, event channels to the two daemons, HVM
  /// parameters, CPU policy.
  virtual ChannelPorts configure(Domid domid, const DomainSpec& spec, Domid store_domid,
                                 Domid console_domid) = 0;
  /// Memory, hvmloader and firmware, the special pages. Returns warnings about reserved device
  /// memory, if any.
  virtual RingFrames build(Domid domid, const DomainSpec& spec, const ChannelPorts& ports,
                           std::vector<std::string>& warnings) = 0;
  virtual void pause(Domid domid) = 0;  ///< a domain that is gone is fine
  virtual void unpause(Domid domid) = 0;
  virtual void destroy(Domid domid) = 0;  ///< a domain that is gone is fine
  /// Whether the guest has Xen drivers, which heed its node control/shutdown: they tell Xen how
  /// they want to be interrupted (libxl__domain_pvcontrol_available,
  /// tools/libs/light/libxl_domain.c).
  virtual bool has_pv_drivers(Domid domid) = 0;
  virtual void press_power_button(Domid domid) = 0;  ///< the ACPI one
  /// Ends the guest where it stands, as one that has rebooted. QEMU's own system_reset resets its
  /// devices alone (main_loop_should_exit, softmmu/runstate.c), and the guest would go on with
  /// those.
  virtual void press_reset_button(Domid domid) = 0;

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

/// The Hypervisor over libxenctrl and libxenguest. Connects at once; where this is no dom0 the
/// Error says so.
std::unique_ptr<Hypervisor> make_xc_hypervisor();

}  // namespace xenlaunch
