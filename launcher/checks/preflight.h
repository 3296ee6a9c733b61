#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "launcher/checks/device_facts.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/xen/domains.h"
#include "launcher/xen/xen_host.h"
#include "xenstore/store.h"

// What can be checked of a plan on this host before anything is touched, files apart
// (file_checks.h). Each returns all that it finds.

namespace xenlaunch {

/// Notes in `facts` how the VM file wants `function`, which its entry `device` stands for.
void note_options(DeviceFacts& facts, const PciDeviceConfig& device, const PciAddress& function);
/// findings_of the plan's devices, as they are now where `facts` has them.
std::vector<Finding> check_devices(const LaunchPlan& plan, DeviceFacts facts);
/// Whether Xen can run the guest, devices apart.
std::vector<Finding> check_xen(const LaunchPlan& plan, const HypervisorInfo& xen);
/// The name and the uuid not taken by another VM that lives than `own`.
std::vector<Finding> check_names(const LaunchPlan& plan, Store& store, Domains& xen,
                                 std::optional<Domid> own = {});
/// A domain that a toolstack has built and left paused.
std::vector<Finding> check_domain(Domid domid, Domains& xen);
/// Whether what dom0 needs its GPUs for has to be looked at.
bool passes_a_gpu(const LaunchPlan& plan);

}  // namespace xenlaunch
