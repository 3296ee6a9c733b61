#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "launcher/base/exit_code.h"
#include "launcher/config/host_settings.h"
#include "launcher/host_access.h"
#include "launcher/plan/resolve.h"
#include "launcher/preflight.h"

namespace xenlaunch {

enum class DryRunFormat { argv, plan, json };

/// The plan of a VM file on the host below `root`. Throws Error as read_vm_file and resolve do.
LaunchPlan plan_vm(const std::filesystem::path& vm_file, const std::filesystem::path& root,
                   const HostSettings& settings);

/// `run --dry-run`: what would be done, as text for stdout.
std::string dry_run(const LaunchPlan& plan, DryRunFormat format,
                    const std::optional<unsigned>& domid);

/// `check`: throws one Error with everything that stands in the way of a start on the host below
/// `root`; of a host that is only a copy of its files no more is known than those say.
void check_vm(const LaunchPlan& plan, const std::filesystem::path& root,
              const HostSettings& settings);

/// check_gpus on the host below `root`; reads nothing where the plan passes no GPU.
std::vector<Problem> check_gpus_below(const LaunchPlan& plan, const std::filesystem::path& root,
                                      const HostPci& pci, const HostSettings& settings,
                                      Hypervisor* xen);

/// What `check` finds of the GPUs of the host below `root`, and where that is something, what of
/// them is not known.
std::vector<Problem> check_gpus_below(
    const std::filesystem::path& root, const HostPci& pci, const HostSettings& settings,
    Hypervisor* xen, const std::function<std::vector<Problem>(const std::vector<Gpu>&)>& check);

/// `run`: starts the VM, stays with it, starts it again where the VM file says so. Throws Error
/// where it cannot.
ExitCode run_vm(LaunchPlan plan, const HostSettings& host_settings, const LaunchSettings& settings,
                Progress& progress);

}  // namespace xenlaunch
