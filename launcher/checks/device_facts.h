#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "launcher/checks/firmware_region.h"
#include "launcher/config/host_settings.h"
#include "launcher/gpu/gpu.h"
#include "launcher/host/device_owner.h"
#include "launcher/host/dom0_need.h"
#include "launcher/host/pci_function.h"
#include "launcher/xen/xen_host.h"

namespace xenlaunch {

/// What decides over whether PCI functions of a host can be passed, read once.
struct DeviceFacts {
  HostPci pci;  ///< the functions in question; warnings need their neighbours too
  std::vector<std::uint16_t> integrated_vendors;
  std::optional<HypervisorInfo> xen;  ///< nullopt: it could not be asked
  /// Xen's message that it leaves the integrated GPU's part of the IOMMU off; "" where it does not.
  std::string igd_left_off;
  std::vector<Gpu> gpus;
  DeviceOwners owners;
  Dom0Needs dom0_needs;  ///< of the functions in question
  std::vector<FirmwareRegion> reserved_regions;
  std::vector<PciAddress> together;  ///< what goes to the same VM
  /// What of this boot and the next is not known; each a part of a sentence.
  std::vector<std::string> boot_notes;
};

/// Everything but owners, dom0_needs and `together`, on the host below `root`. `xen` is null where
/// it cannot be asked; the boot's lines are read only where `pci` holds a GPU. Throws Error as the
/// readers do.
DeviceFacts read_device_facts(const std::filesystem::path& root, const HostPci& pci,
                              const HostSettings& settings, XenHost* xen);

/// The memory that Intel's table, where there is one, keeps for devices. Throws Error as
/// parse_dmar.
std::vector<FirmwareRegion> read_reserved_regions(const std::filesystem::path& root);

/// The one of Xen's complaints about its IOMMU that says so; "" where none does.
std::string igd_left_off(const std::vector<std::string>& iommu_complaints);

}  // namespace xenlaunch
