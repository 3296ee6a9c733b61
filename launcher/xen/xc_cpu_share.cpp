#include "launcher/xen/xc_cpu_share.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "base/error.h"

namespace xenlaunch {
namespace {

struct FreeMap {
  void operator()(std::uint8_t* map) const { std::free(map); }
};

void pin(XcHandle& xc, Domid domid, unsigned vcpus, const std::vector<unsigned>& cpus) {
  const int count = xc_get_max_cpus(xc.get());
  xc.check(count, "count the host's CPUs");
  const std::unique_ptr<std::uint8_t, FreeMap> map{xc_cpumap_alloc(xc.get())};
  if (!map) xc.fail("pin the domain's vCPUs", ENOMEM);
  for (unsigned vcpu = 0; vcpu < vcpus; ++vcpu) {
    // Xen answers with what it made of the map, in the map itself.
    for (int cpu = 0; cpu < count; ++cpu) xc_cpumap_clearcpu(cpu, map.get());
    for (const unsigned cpu : cpus)
      if (static_cast<int>(cpu) < count) xc_cpumap_setcpu(static_cast<int>(cpu), map.get());
    xc.check(xc_vcpu_setaffinity(xc.get(), domid, static_cast<int>(vcpu), map.get(), nullptr,
                                 XEN_VCPUAFFINITY_HARD),
             fmt::format("pin vCPU {} of the domain", vcpu));
  }
}

/// Xen takes both numbers at once, so what is not asked for is read first.
template <typename Params, typename Get, typename Set>
void share_out(XcHandle& xc, Domid domid, const CpuConfig& share, Get get, Set set) {
  Params params{};
  xc.check(get(xc.get(), domid, &params), "read the domain's share of the CPUs");
  if (share.weight) params.weight = static_cast<std::uint16_t>(*share.weight);
  if (share.cap) params.cap = static_cast<std::uint16_t>(*share.cap);
  xc.check(set(xc.get(), domid, &params), "set the domain's share of the CPUs");
}

}  // namespace

void set_cpu_share(XcHandle& xc, Domid domid, unsigned vcpus, const CpuConfig& share) {
  if (!share.pin.empty()) pin(xc, domid, vcpus, share.pin);
  if (!share.weight && !share.cap) return;
  int scheduler = 0;
  xc.check(xc_sched_id(xc.get(), &scheduler), "ask for Xen's scheduler");
  if (scheduler == XEN_SCHEDULER_CREDIT2)
    return share_out<xen_domctl_sched_credit2>(xc, domid, share, xc_sched_credit2_domain_get,
                                               xc_sched_credit2_domain_set);
  if (scheduler == XEN_SCHEDULER_CREDIT)
    return share_out<xen_domctl_sched_credit>(xc, domid, share, xc_sched_credit_domain_get,
                                              xc_sched_credit_domain_set);
  throw Error{ExitCode::xen,
              "cannot set the domain's share of the CPUs: Xen runs a scheduler that knows no "
              "weight and no cap; remove cpu.weight and cpu.cap, or boot Xen with sched=credit2"};
}

}  // namespace xenlaunch
