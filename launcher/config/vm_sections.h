#pragma once

#include <optional>
#include <vector>

#include "launcher/config/vm_config.h"
#include "launcher/config/yaml_fields.h"

/// Readers of the lists and mappings of a VM file. Each reports what is wrong; its result is only
/// of use where nothing was reported.
namespace xenlaunch {

std::vector<BootDevice> read_boot(const Field& field);
std::vector<PciDeviceConfig> read_pci(const Field& field);
std::vector<DiskConfig> read_disks(const Field& field);
DeviceModelConfig read_device_model(const Field& field);

/// kernel, initrd and cmdline, which are keys of the VM file itself.
std::optional<DirectBoot> read_direct_boot(const MappingReader& vm);

/// Network cards are not supported yet: all but an empty list is refused.
RestartLimitConfig read_restart_limit(const Field& field);
void refuse_nics(const Field& field);

}  // namespace xenlaunch
