#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "launcher/checks/preflight.h"
#include "launcher/config/host_settings.h"
#include "launcher/host/pci_function.h"
#include "launcher/host/this_host.h"

namespace xenlaunch {

struct Connections {
  std::unique_ptr<Hypervisor> xen;
  std::unique_ptr<Store> store;
};

/// Throws one Error with everything that stands in the way; nothing has been touched then.
/// `attach_to`: the domain that a toolstack has built for the plan.
Connections connect_and_check(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
                              const HostSettings& settings, std::optional<Domid> attach_to = {});

/// `check`: throws one Error with everything that stands in the way of a start on the host below
/// `root`; of a host that is only a copy of its files no more is known than those say.
void check_vm(const ThisHost& host, const LaunchPlan& plan, const HostPci& pci,
              const std::filesystem::path& root, const HostSettings& settings);

/// check_gpus on the host below `root`; reads nothing where the plan passes no GPU.
std::vector<Problem> check_gpus_below(const LaunchPlan& plan, const std::filesystem::path& root,
                                      const HostSettings& settings, XenHost* xen);

/// What `check` finds of the GPUs of the host below `root`, and where that is something, what of
/// them is not known.
std::vector<Problem> check_gpus_below(
    const std::filesystem::path& root, const HostPci& pci, const HostSettings& settings,
    XenHost* xen, const std::function<std::vector<Problem>(const std::vector<Gpu>&)>& check);

}  // namespace xenlaunch
