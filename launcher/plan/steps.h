#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "launcher/plan/launch_plan.h"
#include "launcher/plan/start_mode.h"

namespace xenlaunch {

/// The ordered steps of the start of `plan`, of whose own steps nothing is read. QEMU is spawned as
/// soon as the domain has a number and held until the devices are the domain's, so that its own
/// start and all that is done meanwhile overlap; it waits for nothing that the build provides. Of a
/// domain that is attached to, the devices, QEMU and the nodes of both are ours, the domain is not.
/// The undos' nodes have the words of Facts{} for what only the running start knows: render_undo.
std::vector<Step> steps_of(const LaunchPlan& plan, const StartMode& mode);

/// Those by which a VM takes `device`, its number `index`, from the driver that it has.
std::vector<Step> steps_to_take(const PlannedDevice& device, std::size_t index);

/// What `pci assign` does with a function that pciback does not have.
std::vector<Step> steps_to_assign(const PciFunction& function);

/// What `pci restore` does, as the undos of an assignment, the last first: the record of the driver
/// goes when all else is done, so that another try knows it still.
std::vector<Undo> undos_to_restore(const PciAddress& device,
                                   const std::optional<std::string>& driver);

}  // namespace xenlaunch
