#pragma once

#include <string>

namespace xenlaunch {

/// The reason behind the errno of an assignment (xen/drivers/passthrough/pci.c, vtd/iommu.c).
std::string assignment_reason(int error_number);

}  // namespace xenlaunch
