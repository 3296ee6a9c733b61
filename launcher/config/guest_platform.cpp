#include "launcher/config/guest_platform.h"

namespace xenlaunch {

std::vector<Viridian> default_viridian() {
  return {Viridian::base,        Viridian::freq,      Viridian::time_ref_count,
          Viridian::apic_assist, Viridian::crash_ctl, Viridian::no_vp_limit,
          Viridian::cpu_hotplug};
}

std::int64_t clock_offset(const ClockConfig& clock, std::time_t now) {
  if (clock.base == ClockConfig::Base::utc) return clock.offset_seconds;
  std::tm local{};
  ::tzset();  // localtime_r alone would keep the zone that was read first
  ::localtime_r(&now, &local);
  return local.tm_gmtoff + clock.offset_seconds;
}

/// Xen has one bit for base with freq and another that takes freq away again, so the bits count up
/// from there as the groups do. A synthetic timer needs the reference counter and the synthetic
/// interrupt controller.
std::uint64_t viridian_mask(const std::vector<Viridian>& groups) {
  constexpr std::uint64_t base_with_freq = 1, without_freq = 2;
  const auto bit = [](Viridian group) { return std::uint64_t{1} << static_cast<unsigned>(group); };
  std::uint64_t mask = 0;
  bool has_freq = false;
  for (const Viridian group : groups) {
    if (group == Viridian::base)
      mask |= base_with_freq;
    else if (group == Viridian::freq)
      has_freq = true;
    else
      mask |= bit(group);
    if (group == Viridian::stimer) mask |= bit(Viridian::time_ref_count) | bit(Viridian::synic);
  }
  return mask == 0 || has_freq ? mask : mask | without_freq;
}

}  // namespace xenlaunch
