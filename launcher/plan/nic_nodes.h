#pragma once

#include <string>
#include <vector>

#include "launcher/config/vm_config.h"
#include "launcher/plan/render.h"

namespace xenlaunch {

/// The nodes by which xen-netback, its script, the guest and the xl tools learn of the network
/// cards, each with its address: libxl__device_add_async (tools/libs/light/libxl_device.c) and
/// libxl__set_xenstore_nic (libxl_nic.c), alike in 4.17 and 4.20. All within one transaction.
std::vector<Node> nic_nodes(const std::vector<NicConfig>& nics, const Facts& facts);

/// The nodes whose removal takes these away again, the folder of the backends first.
std::vector<std::string> nic_node_roots(const Facts& facts);

}  // namespace xenlaunch
