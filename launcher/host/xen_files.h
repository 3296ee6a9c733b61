#pragma once

#include <filesystem>
#include <string>

#include "base/xen_version.h"

namespace xenlaunch {

/// The Xen that the host below `root` runs, as its kernel says (drivers/xen/sys-hypervisor.c of
/// Linux); where it says nothing, the Xen that we were built for.
XenVersion read_xen_version(const std::filesystem::path& root);

/// The path of that Xen's hvmloader: Debian keeps a folder for each version, other hosts have one.
/// Debian's where there is none.
std::string hvmloader_of(const XenVersion& xen, const std::filesystem::path& root);

}  // namespace xenlaunch
