#include "launcher/checks/dom0_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "launcher/checks/gpu_neighbours.h"

namespace xenlaunch {
namespace {

using Findings = std::vector<Finding>;

/// What has to be done to get from `state` to disabled.
std::string way_out(BootState state, const std::string& command) {
  return state == BootState::disable_on_reboot
             ? "reboot the host"
             : fmt::format("run `{}` and reboot the host", command);
}

std::string disable_access(const Gpu& gpu) {
  return way_out(gpu.dom0_access,
                 "xenlaunch gpu disable-dom0-access " + gpu.function.address.to_string());
}

/// What keeps the system display device in dom0.
void add_system_display(Findings& findings, const Gpu& gpu) {
  const std::string bdf = gpu.function.address.to_string();
  if (!is_disabled_now(gpu.dom0_access))
    findings.push_back(
        {FindingCode::dom0_has_access, bdf,
         "it is the system display device, and dom0 access to it is " + to_string(gpu.dom0_access),
         disable_access(gpu)});
  // What dom0 writes there is told of by itself, with the same remedy.
  if (!is_disabled_now(gpu.host_display) && !gpu.firmware_framebuffer)
    findings.push_back({FindingCode::host_display_on, bdf,
                        "it is the system display device, and the display of the host is " +
                            to_string(gpu.host_display),
                        way_out(gpu.host_display, "xenlaunch host disable-display")});
  if (!gpu.vendor_is_listed)
    findings.push_back(
        {FindingCode::vendor_not_listed, bdf,
         fmt::format("it is the system display device, and its vendor {:04x} is not among "
                     "system_display_vendors",
                     gpu.function.id.vendor),
         "make another card, if there is one, the primary one in the firmware setup, or add the "
         "vendor in "
         "/etc/xenlaunch/host.yaml"});
}

/// What to do where a driver has a GPU that this boot should have hidden from it.
constexpr const char* came_too_late =
    "xen-pciback came too late to take it, see `xenlaunch host doctor`";

std::string through_driver(const PciFunction& function) {
  return function.driver ? " through its driver " + excerpt(*function.driver) : "";
}

void add_use(Findings& findings, const PciFunction& function, const DisplayUse& use,
             const std::string& remedy) {
  if (use.empty()) return;
  findings.push_back({FindingCode::in_use_by_dom0, function.address.to_string(),
                      fmt::format("dom0 uses it{}: {}", through_driver(function), list_of(use)),
                      remedy});
}

/// On dom0's command line, by the driver of the firmware's framebuffer.
std::string what_frees(const std::string& framebuffer_driver) {
  const std::string frees =
      "`initcall_blacklist=sysfb_init`, which that puts on dom0's command line, frees it";
  return framebuffer_driver == "efifb" ? frees + " as `video=efifb:off` does" : frees;
}

/// Linux leaves it on a card that no driver of the card's own takes, and a hidden one's never does.
void add_firmware_framebuffer(Findings& findings, const Gpu& gpu) {
  if (!gpu.firmware_framebuffer) return;
  findings.push_back(
      {FindingCode::firmware_framebuffer, gpu.function.address.to_string(),
       fmt::format(
           "dom0 still writes into the firmware's framebuffer on it ({}, by {}), as it does "
           "until a driver of the card's own takes over",
           excerpt(gpu.firmware_framebuffer->device), gpu.firmware_framebuffer->driver),
       way_out(gpu.host_display, "xenlaunch host disable-display") +
           (gpu.host_display == BootState::disable_on_reboot
                ? ""
                : ": " + what_frees(gpu.firmware_framebuffer->driver))});
}

/// pciback's parameter has room for the segments that Xen knows.
bool can_be_hidden(const PciFunction& function) {
  return function.address.segment <= PciAddress::last_segment_of_xen;
}

/// What dom0's driver has or shows.
void add_gpu(Findings& findings, const Gpu& gpu) {
  if (gpu.is_system_display_device) add_system_display(findings, gpu);
  add_firmware_framebuffer(findings, gpu);
  const bool hidden = is_disabled_now(gpu.dom0_access);
  const std::optional<std::string>& driver = gpu.function.driver;
  if (hidden && driver && driver != "pciback")
    findings.push_back({FindingCode::hidden_but_bound, gpu.function.address.to_string(),
                        "it is hidden from dom0, but dom0's driver " + excerpt(*driver) + " has it",
                        came_too_late,
                        gpu.is_system_display_device ? Severity::blocks : Severity::warns});
  // Without dom0's access to it nothing of dom0 is on it either.
  if (gpu.is_system_display_device && !hidden) return;
  add_use(findings, gpu.function, gpu.display_use,
          hidden                        ? came_too_late
          : can_be_hidden(gpu.function) ? "end what uses it, or " + disable_access(gpu)
                                        : "end what uses it");
}

}  // namespace

void add_dom0_findings(Findings& findings, const PciFunction& function, const DeviceFacts& facts) {
  const auto gpu = std::ranges::find_if(
      facts.gpus, [&function](const Gpu& one) { return one.function.address == function.address; });
  if (gpu != facts.gpus.end()) {
    add_gpu(findings, *gpu);
    return;
  }
  const auto use = facts.display_use.find(function.address);
  if (use != facts.display_use.end()) add_use(findings, function, use->second, "end what uses it");
}

bool is_of_dom0(const Finding& finding) {
  switch (finding.code) {
    case FindingCode::dom0_has_access:
    case FindingCode::host_display_on:
    case FindingCode::vendor_not_listed:
    case FindingCode::firmware_framebuffer:
    case FindingCode::hidden_but_bound:
    case FindingCode::in_use_by_dom0:
      return true;
    default:
      return false;
  }
}

}  // namespace xenlaunch
