#include "launcher/plan/nic_steps.h"

#include "launcher/plan/nic_nodes.h"

namespace xenlaunch {
namespace {

ScriptedNic scripted_nic(const LaunchPlan& plan, std::size_t index) {
  const NicConfig& nic = plan.nics[index];
  return {.index = static_cast<unsigned>(index),
          .script = nic.script,
          .is_emulated = nic.model != NicModel::none};
}

std::string card(std::size_t index) {
  return "network card " + std::to_string(index);
}

/// The start of a script that puts `what` on the bridge of card `index`, and what takes it back.
Step connect(const LaunchPlan& plan, StepKind kind, UndoKind undo, const std::string& what,
             std::size_t index) {
  const std::string& bridge = plan.nics[index].bridge;
  return {.kind = kind,
          .action = "start the script that puts " + what + " on " + bridge,
          .undo = {.kind = undo,
                   .label = "take " + what + " from " + bridge,
                   .nic = scripted_nic(plan, index)},
          .nic = index};
}

}  // namespace

std::vector<Step> steps_to_connect_vifs(const LaunchPlan& plan) {
  if (plan.nics.empty()) return {};
  std::vector<Step> steps{
      {.kind = StepKind::write_nic_nodes,
       .action = "write the network cards' xenstore nodes",
       .undo = {.kind = UndoKind::remove_nic_nodes,
                .label = "end the network cards and wait until xen-netback has let go of them",
                .nodes = nic_node_roots(Facts{})}}};
  for (std::size_t i = 0; i < plan.nics.size(); ++i)
    steps.push_back(
        connect(plan, StepKind::start_vif_script, UndoKind::disconnect_vif, card(i), i));
  return steps;
}

std::vector<Step> steps_to_connect_taps(const LaunchPlan& plan) {
  std::vector<Step> steps;
  for (const EmulatedNic& nic : plan.device_model.nics)
    steps.push_back(connect(plan, StepKind::start_tap_script, UndoKind::disconnect_tap,
                            "the emulation of " + card(nic.index), nic.index));
  return steps;
}

std::vector<Step> steps_to_await_scripts(const LaunchPlan& plan) {
  if (plan.nics.empty()) return {};
  return {{.kind = StepKind::await_nic_scripts,
           .action = "wait until the network cards are on their bridges"}};
}

}  // namespace xenlaunch
