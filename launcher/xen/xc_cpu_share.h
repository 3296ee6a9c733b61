#pragma once

#include "launcher/config/guest_platform.h"
#include "launcher/xen/domains.h"
#include "launcher/xen/xc_handle.h"

namespace xenlaunch {

/// Pins the vCPUs of a domain (hard affinity) and sets its weight and cap, each where `share` has
/// it. Follows libxl__build_pre (tools/libs/light/libxl_dom.c) and sched_credit2_domain_set
/// (libxl_sched.c). Throws Error (ExitCode::xen), also where Xen's scheduler knows no weights.
void set_cpu_share(XcHandle& xc, Domid domid, unsigned vcpus, const CpuConfig& share);

}  // namespace xenlaunch
