#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "launcher/gpu/gpu.h"
#include "launcher/host/pci_function.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/xen/domains.h"
#include "launcher/xen/xen_host.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// Something that would make a start fail.
struct Problem {
  ExitCode code{};
  std::string text;
  friend bool operator==(const Problem&, const Problem&) = default;
};

/// What can be checked of a plan on this host before anything is touched. Each returns all that it
/// finds.
std::vector<Problem> check_files(const LaunchPlan& plan);
std::vector<Problem> check_host_pci(const LaunchPlan& plan, const HostPci& host);
std::vector<Problem> check_xen(const LaunchPlan& plan, const HypervisorInfo& xen);
/// The name and the devices not taken by another VM that lives than `own`.
std::vector<Problem> check_owners(const LaunchPlan& plan, Store& store, Domains& xen,
                                  std::optional<Domid> own = {});
/// A domain that a toolstack has built and left paused.
std::vector<Problem> check_domain(Domid domid, Domains& xen);
/// No GPU that dom0 or the host's console needs: the system display device before it may be passed,
/// a GPU that dom0 shows something on.
std::vector<Problem> check_gpus(const LaunchPlan& plan, const std::vector<Gpu>& gpus);
/// The same of one function, whether it is a GPU or not; `action` reads on from "cannot".
std::vector<Problem> check_gpu(const std::string& action, const PciAddress& device,
                               const std::vector<Gpu>& gpus);
/// Whether check_gpus has anything to look at.
bool passes_a_gpu(const LaunchPlan& plan);

/// Throws one Error with all the problems, and the first one's code; returns where there are none.
void refuse(const std::vector<Problem>& problems);

}  // namespace xenlaunch
