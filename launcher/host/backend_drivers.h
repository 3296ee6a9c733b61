#pragma once

#include <filesystem>
#include <string>

namespace xenlaunch {

/// Whether dom0's kernel below `root` serves backends of a kind, "vbd" for disks or "vif" for
/// network cards: the driver is there (xen-blkback, xen-netback), or udev has it loaded as soon as
/// the first backend appears in xenstore, by the module's alias (xenbus_uevent_backend of
/// drivers/xen/xenbus/xenbus_probe_backend.c). Debian's Xen leaves it to udev; upstream's loads
/// them at boot. False also where that is not known, as in a service, which sees no modules.
bool serves_backends(const std::filesystem::path& root, const std::string& kind);

}  // namespace xenlaunch
