#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/domid.h"
#include "launcher/config/guest_platform.h"
#include "launcher/xen/device_assignment.h"

namespace xenlaunch {

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
  GuestPlatform platform{};
  ClockConfig clock{};
  CpuConfig cpu{};
  std::vector<DeviceGrant> devices;
  friend bool operator==(const DomainSpec&, const DomainSpec&) = default;
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

/// The domains of the host, from their creation to their end. Every call throws Error
/// (ExitCode::xen), naming the reason behind an errno where it is known.
class Domains {
 public:
  virtual ~Domains() = default;

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
};

}  // namespace xenlaunch
