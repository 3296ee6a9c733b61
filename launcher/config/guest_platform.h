#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <vector>

#include "base/names.h"

// How Xen itself shows its machine to a guest: what no QEMU has a say in.

namespace xenlaunch {

/// Groups of Hyper-V's interface that Xen offers a Windows guest, by xl's names for them
/// (libxl_viridian_enlightenment of tools/libs/light/libxl_types.idl).
enum class Viridian {
  base,
  freq,
  time_ref_count,
  reference_tsc,
  hcall_remote_tlb_flush,
  apic_assist,
  crash_ctl,
  synic,
  stimer,
  hcall_ipi,
  ex_processor_masks,
  no_vp_limit,
  cpu_hotplug,
};

inline constexpr Names<Viridian, 13> viridian_names{
    {{Viridian::base, "base"},
     {Viridian::freq, "freq"},
     {Viridian::time_ref_count, "time_ref_count"},
     {Viridian::reference_tsc, "reference_tsc"},
     {Viridian::hcall_remote_tlb_flush, "hcall_remote_tlb_flush"},
     {Viridian::apic_assist, "apic_assist"},
     {Viridian::crash_ctl, "crash_ctl"},
     {Viridian::synic, "synic"},
     {Viridian::stimer, "stimer"},
     {Viridian::hcall_ipi, "hcall_ipi"},
     {Viridian::ex_processor_masks, "ex_processor_masks"},
     {Viridian::no_vp_limit, "no_vp_limit"},
     {Viridian::cpu_hotplug, "cpu_hotplug"}}};

/// tsc_mode of xen/arch/x86/include/asm/time.h.
enum class TscMode { automatic = 0, always_emulate = 1, native = 2 };

struct GuestPlatform {
  std::vector<Viridian> viridian{};  ///< in the order above, each once; with base, or empty
  TscMode tsc_mode = TscMode::automatic;
  bool hpet = true;
  bool nested_virt = false;  ///< the guest may run a hypervisor of its own
  bool hvm_pirq = false;     ///< interrupts of passed devices by event channels, which Xen 4.17
                             ///< and 4.18 never leave out
  friend bool operator==(const GuestPlatform&, const GuestPlatform&) = default;
};

/// What the guest's real-time clock shows at the start.
struct ClockConfig {
  enum class Base { utc, localtime } base = Base::utc;  ///< localtime: dom0's
  int offset_seconds = 0;                               ///< added to the base
  friend bool operator==(const ClockConfig&, const ClockConfig&) = default;
};

/// The guest's share of the host's CPUs; Xen's own defaults where absent.
struct CpuConfig {
  std::vector<unsigned> pin{};       ///< the host CPUs that its vCPUs may run on, rising
  std::optional<unsigned> weight{};  ///< beside other domains; Xen's own default is 256
  std::optional<unsigned> cap{};     ///< percent of one host CPU; 0: no limit
  friend bool operator==(const CpuConfig&, const CpuConfig&) = default;
};

/// libxl's default set (hvm_set_viridian_features of tools/libs/light/libxl_x86.c).
std::vector<Viridian> default_viridian();

/// Seconds from UTC to what the clock shows at `now`: with base localtime as dom0's time zone has
/// it then.
std::int64_t clock_offset(const ClockConfig& clock, std::time_t now);

/// Xen's HVM_PARAM_VIRIDIAN for these groups (HVMPV_* of xen/include/public/hvm/params.h).
std::uint64_t viridian_mask(const std::vector<Viridian>& groups);

}  // namespace xenlaunch
