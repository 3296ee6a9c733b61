#pragma once

#include <optional>
#include <vector>

#include "launcher/config/vm_config.h"
#include "launcher/config/yaml_fields.h"

/// Readers of platform, clock and cpu. Each reports what is wrong; its result is only of use where
/// nothing was reported.
namespace xenlaunch {

void read_platform(const Field& field, VmConfig& config);
ClockConfig read_clock(const Field& field);
/// `vcpus`: how many the guest has.
CpuConfig read_cpu(const Field& field, unsigned vcpus);

}  // namespace xenlaunch
