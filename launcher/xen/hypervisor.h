#pragma once

#include <memory>

#include "launcher/xen/device_assignment.h"
#include "launcher/xen/domains.h"
#include "launcher/xen/xen_host.h"

namespace xenlaunch {

/// One connection to Xen, for all three purposes. Who needs only one of them takes that.
class Hypervisor : public XenHost, public Domains, public DeviceAssignment {};

/// The Hypervisor over libxenctrl and libxenguest. Connects at once; where this is no dom0 the
/// Error says so.
std::unique_ptr<Hypervisor> make_xc_hypervisor();

}  // namespace xenlaunch
