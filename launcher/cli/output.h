#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "launcher/gpu/gpu.h"
#include "launcher/host/device_owner.h"
#include "launcher/host/pci_function.h"
#include "launcher/host/pci_names.h"
#include "launcher/host/unreset_device.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/plan/render.h"

namespace xenlaunch {

/// The three formats of a dry run, each ending in a newline.
std::string format_argv(const LaunchPlan& plan, const Facts& facts);  ///< one line for a shell
std::string format_plan(const LaunchPlan& plan,
                        const Facts& facts);  ///< each step with its undo, for people
/// The whole plan; docs/json-and-events.md has the keys.
std::string format_json(const LaunchPlan& plan, const Facts& facts);

/// `pci list`, for people and as JSON.
std::string format_pci_list(const HostPci& host, const DeviceOwners& owners,
                            const UnresetDevices& unreset);
std::string format_pci_list_json(const HostPci& host,
                                 const std::vector<std::uint16_t>& integrated_vendors,
                                 const DeviceOwners& owners, const UnresetDevices& unreset);

struct GpuEntry {
  PciNames names;
  std::optional<DeviceOwner> owner;
  std::optional<bool> free;  ///< nobody has it; nullopt: not known
  Gpu gpu;
  std::vector<Finding> findings;  ///< of the GPU
};

/// `gpu list`, for people and as JSON.
std::string format_gpu_list(const std::vector<GpuEntry>& entries);
std::string format_gpu_list_json(const std::vector<GpuEntry>& entries);

}  // namespace xenlaunch
