#pragma once

#include <filesystem>

#include "launcher/boot/host_boot.h"
#include "launcher/config/host_settings.h"
#include "launcher/gpu/gpu.h"

namespace xenlaunch {

/// Reads what decides over the GPUs among `pci`, on the host below `root`.
GpuFacts read_gpu_facts(const std::filesystem::path& root, const HostPci& pci, const HostBoot& boot,
                        const HostSettings& settings);

/// The state of the host's display below `root`.
BootState host_display(const std::filesystem::path& root, const HostBoot& boot);

}  // namespace xenlaunch
