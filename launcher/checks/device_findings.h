#pragma once

#include <string>
#include <vector>

#include "base/finding.h"
#include "launcher/checks/device_facts.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// Everything that keeps `function` from being passed, or may make that end badly: the host first,
/// then the function, then who uses it. Every command asks this, so that all of them say the same.
std::vector<Finding> findings_of(const PciFunction& function, const DeviceFacts& facts);

/// Of all of them, each finding once. Behind what dom0 needs a GPU for comes what of the boots is
/// not known.
std::vector<Finding> findings_of(const std::vector<PciFunction>& functions,
                                 const DeviceFacts& facts);

/// {"passthrough"} or {}, for a GPU with these findings. As XenServer's xapi offers them
/// (xapi_vgpu_type.ml), but that the rule for the system display device holds for every vendor on
/// the list; a GPU of the type may be kept from a VM for another reason.
std::vector<std::string> supported_vgpu_types(const std::vector<Finding>& findings);

/// Whether it says that QEMU and the IOMMU cannot pass what is at the integrated GPU's address.
bool is_of_integrated_gpu(const Finding& finding);

/// What a VM that has the function keeps others from.
Finding owned_finding(const PciAddress& device, const DeviceOwner& owner);

/// Of a host without pciback, which may be for a garbled parameter.
Finding pciback_missing_finding(const std::optional<GarbledHide>& garbled);

/// Of a host whose processor or firmware offers no HVM.
Finding no_hvm_finding();

}  // namespace xenlaunch
