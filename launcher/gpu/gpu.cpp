#include "launcher/gpu/gpu.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace xenlaunch {
namespace {

/// What has to be done to get from `state` to disabled.
std::string way_out(BootState state, const std::string& command) {
  return state == BootState::disable_on_reboot
             ? "reboot the host"
             : fmt::format("run `{}` and reboot the host", command);
}

/// What keeps the system display device in dom0; none where it may be passed.
std::vector<std::string> held_back(const PciFunction& function, BootState access,
                                   const GpuFacts& facts) {
  std::vector<std::string> reasons;
  const std::string bdf = function.address.to_string();
  if (!is_disabled_now(access))
    reasons.push_back(fmt::format(
        "It is the system display device, and dom0 access to it is {}; {}.", to_string(access),
        way_out(access, "xenlaunch gpu disable-dom0-access " + bdf)));
  const BootState shown = display(facts.running, facts.next);
  if (!is_disabled_now(shown))
    reasons.push_back(
        fmt::format("It is the system display device, and the display of the host is {}; {}.",
                    to_string(shown), way_out(shown, "xenlaunch host disable-display")));
  if (std::ranges::find(facts.system_display_vendors, function.id.vendor) ==
      facts.system_display_vendors.end())
    reasons.push_back(
        fmt::format("It is the system display device, and its vendor {:04x} is not among "
                    "system_display_vendors; make another "
                    "card the primary one in the firmware setup, or add the vendor in "
                    "/etc/xenlaunch/host.yaml.",
                    function.id.vendor));
  return reasons;
}

std::string driver_of(const PciFunction& function) {
  return excerpt(function.driver.value_or("(none)"));
}

/// What to do where a driver has a GPU that this boot should have hidden from it.
constexpr const char* came_too_late =
    "xen-pciback came too late to take it, see `xenlaunch host doctor`";

std::string in_use(const PciFunction& function, BootState access, const DisplayUse& use) {
  std::string all;
  for (const std::string& one : use) all += (all.empty() ? "" : ", and ") + one;
  const std::string command = "xenlaunch gpu disable-dom0-access " + function.address.to_string();
  const std::string remedy =
      is_disabled_now(access) ? came_too_late : "end what uses it, or " + way_out(access, command);
  return fmt::format("Dom0's driver {} shows something on it: {}; {}.", driver_of(function), all,
                     remedy);
}

Gpu describe(const PciFunction& function, const GpuFacts& facts) {
  Gpu gpu{.function = function,
          .integrated = is_integrated_gpu(function, facts.integrated_vendors),
          .is_system_display_device = facts.system_display_device == function.address,
          .dom0_access = dom0_access(facts.running, facts.next, function.address)};
  if (gpu.is_system_display_device) gpu.why_not = held_back(function, gpu.dom0_access, facts);
  if (gpu.why_not.empty()) gpu.supported_vgpu_types = {"passthrough"};
  const auto use = facts.display_use.find(function.address);
  if (gpu.is_system_display_device && is_disabled_now(gpu.dom0_access) && function.driver &&
      function.driver != "pciback")
    gpu.why_not.push_back(fmt::format("It is hidden from dom0, but dom0's driver {} has it; {}.",
                                      driver_of(function), came_too_late));
  // Without dom0's access to it nothing of dom0 is on it either.
  const bool said_already = gpu.is_system_display_device && !is_disabled_now(gpu.dom0_access);
  if (use != facts.display_use.end() && !said_already)
    gpu.why_not.push_back(in_use(function, gpu.dom0_access, use->second));
  return gpu;
}

}  // namespace

bool is_physical_gpu(const PciFunction& function) {
  return function.is_display_controller() && !function.is_virtual_function;
}

std::vector<Gpu> list_gpus(const GpuFacts& facts) {
  std::vector<Gpu> gpus;
  for (const PciFunction& function : facts.pci.functions)
    if (is_physical_gpu(function)) gpus.push_back(describe(function, facts));
  return gpus;
}

}  // namespace xenlaunch
