#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/finding.h"
#include "base/progress.h"
#include "launcher/config/host_settings.h"
#include "launcher/host/pci_function.h"
#include "launcher/host/this_host.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/xen/hypervisor.h"
#include "launcher/xen/xen_host.h"
#include "xenstore/store.h"

namespace xenlaunch {

struct Connections {
  std::unique_ptr<Hypervisor> xen;
  std::unique_ptr<Store> store;
};

/// Throws Refused with everything that stands in the way; nothing has been touched then. What does
/// not, and may still end badly, is told to `progress`. `attach_to`: the domain that a toolstack
/// has built for the plan.
Connections connect_and_check(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
                              const HostSettings& settings, std::optional<Domid> attach_to,
                              Progress& progress);

/// A warning for each finding that does not block.
void tell_warnings(const std::vector<Finding>& findings, Progress& progress);

/// `check`: everything that stands in the way of a start on the host below `root`, and what that
/// start had to be warned of; of a host that is only a copy of its files no more is known than
/// those say. `pci` is what the plan was made from.
std::vector<Finding> check_vm(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
                              const std::filesystem::path& root, const HostSettings& settings);

/// Throws Refused where dom0 needs what is behind the function right now: something may have been
/// mounted since connect_and_check.
void refuse_what_dom0_lives_on(const PciFunction& function);

/// check_devices of the host below `root`, where `xen` is null if it cannot be asked.
std::vector<Finding> check_devices_below(const LaunchPlan& plan, const std::filesystem::path& root,
                                         const HostPci& pci, const HostSettings& settings,
                                         XenHost* xen);

}  // namespace xenlaunch
