#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "launcher/boot/hiding.h"
#include "launcher/checks/firmware_region.h"
#include "launcher/config/host_settings.h"
#include "launcher/gpu/gpu.h"
#include "launcher/host/device_owner.h"
#include "launcher/host/dom0_need.h"
#include "launcher/host/pci_function.h"
#include "launcher/host/unreset_device.h"
#include "launcher/xen/xen_host.h"

namespace xenlaunch {

/// What decides over whether PCI functions of a host can be passed, read once.
struct DeviceFacts {
  HostPci pci;  ///< the functions in question, and those that decide over them
  std::vector<std::uint16_t> integrated_vendors;
  std::optional<HypervisorInfo> xen;  ///< nullopt: it could not be asked
  /// The word of Xen's command line that switches the IOMMU off; "" where none does.
  std::string iommu_off_word;
  /// What shows that Xen leaves the integrated GPU's part of the IOMMU off: the word of its command
  /// line, or its message; "" where it does not.
  std::string igd_left_off;
  std::optional<PciAddress> system_display_device;
  /// Whether there is a video BIOS behind the `rom` of the integrated GPU; nullopt: not known.
  std::optional<bool> igd_has_video_bios;
  std::vector<Gpu> gpus;
  std::map<PciAddress, DisplayUse> display_use;  ///< of GPUs and of sound devices
  DeviceOwners owners;
  UnresetDevices unreset;  ///< since a guest had them
  Dom0Needs dom0_needs;    ///< of the functions in question
  std::vector<FirmwareRegion> reserved_regions;
  std::vector<std::string> table_problems;  ///< of what names them
  std::vector<PciAddress> together;         ///< what goes to the same VM
  std::vector<PciAddress> relaxed;          ///< of those: with `rdm_policy: relaxed`
  std::vector<PciAddress> strict_reset;     ///< of those: refused where they cannot be reset
  std::map<PciAddress, std::string> chosen_resets;  ///< of those: the method they are to have
  std::vector<PciAddress> with_romfile;             ///< of those: their ROM is a file of the user's
  /// What of this boot and the next is not known; each a part of a sentence.
  std::vector<std::string> boot_notes;
  std::optional<NoXen> next_boot_without_xen;  ///< nullopt: it starts Xen, or that is not known
  std::optional<GarbledHide> garbled_hide;
};

/// Everything but owners, dom0_needs, `together` and `relaxed`, on the host below `root`. `xen` is
/// null where it cannot be asked; the boot's lines are read only where `pci` holds a GPU, where
/// pciback is missing, or where they are all that is known of Xen. Throws Error as the readers do.
DeviceFacts read_device_facts(const std::filesystem::path& root, const HostPci& pci,
                              const HostSettings& settings, XenHost* xen);

/// The same without what Xen says of itself and in its messages, for a Xen of which only the
/// command line can be had.
DeviceFacts read_device_facts_of_dom0(const std::filesystem::path& root, const HostPci& pci,
                                      const HostSettings& settings, XenHost* xen);

/// The one of Xen's complaints about its IOMMU that says so; "" where none does.
std::string igd_left_off(const std::vector<std::string>& iommu_complaints);

}  // namespace xenlaunch
