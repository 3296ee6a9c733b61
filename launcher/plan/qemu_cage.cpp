#include "launcher/plan/qemu_cage.h"

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
  std::string text = "confined:";
  const char* separator = " ";
  for (std::string name : confinement) {
    std::ranges::replace(name, '_', ' ');
    text += separator + (name == "ipc" ? "IPC" : name);
    separator = ", ";
  }
  return text;
}

}  // namespace xenlaunch
