#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "launcher/plan/node_list.h"
#include "launcher/plan/planned_disk.h"
#include "launcher/plan/render.h"

namespace xenlaunch {

/// The node of a paravirtual disk's backend.
std::string backend_node(const PlannedDisk& disk, const Facts& facts);

/// The paravirtual disks that `backend` serves, also those behind emulated ones: a guest with Xen
/// drivers unplugs these (docs/misc/hvm-emulated-unplug.pandoc) and would have none left. As
/// device_disk_add of tools/libs/light/libxl_disk.c writes them, and for blkback with what
/// /etc/xen/scripts/block adds (write_dev of block-common.sh): for a block device that is all that
/// the script does beside looking who else has it.
void add_disk_nodes(NodeList& nodes, const std::vector<PlannedDisk>& disks, DiskBackend backend,
                    const Facts& facts);

/// Where they are: the backends of all of blkback's disks, then each one's frontend and record.
std::vector<std::string> blkback_node_roots(const std::vector<PlannedDisk>& disks,
                                            const Facts& facts);

}  // namespace xenlaunch
