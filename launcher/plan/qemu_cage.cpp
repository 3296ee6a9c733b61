#include "launcher/plan/qemu_cage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace xenlaunch {

bool needs_network(const LaunchPlan& plan) {
  const VmConfig& vm = plan.vm;
  const bool listens = (vm.vnc && !vm.vnc->socket) || vm.spice;
  // libusb hears of a device that is plugged in again over dom0's netlink.
  return listens || !plan.device_model.nics.empty() || !vm.usb.devices.empty() ||
         !vm.device_model.extra_args.empty();
}

std::vector<std::string> planned_confinement(const LaunchPlan& plan) {
  if (!plan.vm.device_model.confined) return {};
  std::vector<std::string> confinement{"files", "system_calls", "privileges", "ipc"};
  if (!needs_network(plan)) confinement.emplace_back("network");
  return confinement;
}

std::string describe_confinement(const std::vector<std::string>& confinement) {
  if (confinement.empty()) return "not confined";
  std::vector<std::string> words = confinement;
  for (std::string& word : words) {
    std::ranges::replace(word, '_', ' ');
    if (word == "ipc") word = "IPC";
  }
  return fmt::format("confined: {}", fmt::join(words, ", "));
}

}  // namespace xenlaunch
