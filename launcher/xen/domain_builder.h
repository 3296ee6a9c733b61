#pragma once

#include <string>
#include <vector>

#include "launcher/xen/domains.h"
#include "launcher/xen/xc_handle.h"

namespace xenlaunch {

/// Populates memory, loads hvmloader and the firmware and sets up the special pages, in the order
/// of libxl__build_hvm and libxl__build_dom (tools/libs/light/libxl_dom.c).
RingFrames build_hvm(XcHandle& xc, Domid domid, const DomainSpec& spec, const ChannelPorts& ports,
                     Domid store_domid, Domid console_domid, std::vector<std::string>& warnings);

}  // namespace xenlaunch
