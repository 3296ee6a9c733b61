#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "launcher/config/vm_config.h"
#include "launcher/plan/node_list.h"
#include "launcher/plan/render.h"

namespace xenlaunch {

/// The paravirtual disk behind each emulated one, served by the same QEMU: a guest with Xen drivers
/// unplugs the emulated IDE disks (docs/misc/hvm-emulated-unplug.pandoc) and would have none left.
/// A CD-ROM drive is not unplugged and needs none. As device_disk_add of
/// tools/libs/light/libxl_disk.c writes them.
void add_disk_nodes(NodeList& nodes, const std::vector<DiskConfig>& disks, const Facts& facts);

}  // namespace xenlaunch
