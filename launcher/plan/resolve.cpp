#include "launcher/plan/resolve.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/finding.h"
#include "launcher/host/bridge_finding.h"
#include "launcher/plan/guest_functions.h"
#include "launcher/plan/guest_memory.h"
#include "launcher/plan/guest_slots.h"
#include "launcher/plan/guest_usb.h"
#include "launcher/plan/nics.h"
#include "launcher/plan/steps.h"

namespace xenlaunch {
namespace {

std::string devices_there_are(const HostPci& host) {
  if (host.functions.empty()) return "this host has no PCI devices at all";
  std::string displays;
  for (const PciFunction& function : host.functions) {
    if (!is_physical_gpu(function)) continue;
    displays += (displays.empty() ? "" : ", ") + function.address.to_string() + " (" +
                function.id.to_string() + ")";
  }
  return displays.empty() ? "this host has no graphics card"
                          : "this host's graphics cards are " + displays;
}

/// What keeps `device` from being planned at all.
std::optional<Finding> problem_with(const PciDeviceConfig& device, const HostPci& host) {
  const std::string name = device.address.to_string();
  const PciFunction* function = host.find(device.address);
  if (function == nullptr)
    return Finding{FindingCode::device_missing, name, "there is no such device",
                   devices_there_are(host)};
  if (function->is_bridge()) return bridge_finding(*function);
  if (device.expect && *device.expect != function->id)
    return Finding{FindingCode::device_changed, name,
                   "it is " + function->id.to_string() + ", but the VM file expects " +
                       device.expect->to_string(),
                   "did the bus numbers move? `xenlaunch pci list` shows where it is now"};
  return std::nullopt;
}

/// Plans the devices of plan.vm; those without which the guest may go, and which are not there, are
/// left out of it.
void plan_devices(LaunchPlan& plan, const HostPci& host, const HostSettings& settings,
                  std::vector<Finding>& findings) {
  std::vector<PciDeviceConfig> kept;
  for (const PciDeviceConfig& device : plan.vm.pci) {
    std::optional<Finding> finding = problem_with(device, host);
    if (finding && device.optional) {
      finding->severity = Severity::warns;
      plan.left_out.push_back(*finding);
      continue;
    }
    kept.push_back(device);
    if (finding) {
      findings.push_back(*finding);
      continue;
    }
    const PciFunction& function = *host.find(device.address);
    plan.devices.push_back({.function = function,
                            .integrated = is_integrated_gpu(function, settings.integrated_vendors),
                            .reset = device.reset});
  }
  plan.vm.pci = std::move(kept);
}

std::vector<DeviceGrant> grants_for(const std::vector<PlannedDevice>& devices, const VmConfig& vm) {
  std::vector<DeviceGrant> grants;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const PciFunction& function = devices[i].function;
    grants.push_back({function.address, function.resources, function.irq, vm.pci[i].rdm_policy,
                      devices[i].integrated && function.is_vga_controller()});
  }
  return grants;
}

/// QEMU takes the ROM of an integrated GPU from sysfs `rom` by itself
/// (pci_assign_dev_load_option_rom of hw/xen/xen_pt_load_rom.c), and from 8 to 11.1 it aborts where
/// `resource` lists it as well: the slot is then registered twice.
std::optional<PciAddress> hidden_rom(const LaunchPlan& plan) {
  if (plan.video.card != VideoCard::igd_passthrough ||
      plan.vm.device_model.profile != DeviceModelProfile::upstream)
    return std::nullopt;
  const auto igd = std::ranges::find_if(plan.devices, &PlannedDevice::is_qemus_igd);
  return igd == plan.devices.end() ? std::nullopt : std::optional{igd->function.address};
}

/// The video BIOS that the VM file has for that function.
std::optional<std::string> romfile(const LaunchPlan& plan) {
  const std::optional<PciAddress> function = hidden_rom(plan);
  const auto device = std::ranges::find_if(
      plan.vm.pci, [&](const PciDeviceConfig& config) { return config.address == function; });
  return device == plan.vm.pci.end() ? std::nullopt : device->romfile;
}

/// Whether a person sees an emulated card.
bool is_shown(const LaunchPlan& plan) {
  const bool is_emulated =
      plan.video.card == VideoCard::standard_vga || plan.video.card == VideoCard::cirrus;
  return is_emulated && (plan.vm.vnc || plan.vm.spice) &&
         plan.vm.device_model.profile == DeviceModelProfile::upstream;
}

std::set<std::uint8_t> slots_of_emulated(const VmConfig& vm, const std::vector<EmulatedNic>& nics) {
  const std::vector<std::uint8_t> of_disks = slots_of_disks(vm.disks);
  std::set<std::uint8_t> slots{of_disks.begin(), of_disks.end()};
  for (const EmulatedNic& nic : nics) slots.insert(nic.slot);
  if (vm.sound) slots.insert(sound_slot);
  return slots;
}

}  // namespace

std::vector<PciFunction> functions_of(const std::vector<PlannedDevice>& devices) {
  std::vector<PciFunction> functions;
  for (const PlannedDevice& device : devices) functions.push_back(device.function);
  return functions;
}

LaunchPlan resolve(const VmConfig& vm, const HostPci& host, const HostSettings& settings,
                   const StartMode& mode, const HostDisks& disks,
                   const std::vector<HostUsbDevice>& usb) {
  LaunchPlan plan;
  std::vector<Finding> findings;
  plan.vm = vm;
  plan.vm.pci = with_all_functions(vm.pci, host);
  plan.xen = settings.xen;
  plan_devices(plan, host, settings, findings);
  std::vector<Finding> usb_findings;
  std::vector<UsbPort> usb_devices = find_usb_devices(vm.usb, usb, usb_findings);
  for (Finding& finding : usb_findings) {
    if (mode.take_over) finding.severity = Severity::warns;
    (mode.take_over ? plan.left_out : findings).push_back(finding);
  }
  refuse(findings);
  plan.nics = plan_nics(vm);
  if (mode.attach && !plan.nics.empty())
    throw Error{ExitCode::vm_file,
                "cannot attach to a domain with network cards: those of a domain that a toolstack "
                "has built are the toolstack's; remove nics"};
  const std::vector<EmulatedNic> nics = emulated_nics(plan.nics);
  plan.video = resolve_video_card(vm, functions_of(plan.devices), settings.integrated_vendors);

  const unsigned videoram = videoram_mib(vm, plan.video.card);
  if (vm.memory_mib < videoram + 16)
    throw Error{ExitCode::vm_file, "cannot give the guest " + std::to_string(vm.memory_mib) +
                                       " MiB: its video card alone takes " +
                                       std::to_string(videoram) + " MiB of that; raise memory"};
  plan.domain = {.uuid = vm.uuid,
                 .vcpus = vm.vcpus,
                 .memory_mib = vm.memory_mib,
                 .videoram_mib = videoram,
                 .slack_kib = slack_kib(plan.devices, nics),
                 .mmio_hole_mib = mmio_hole_mib(plan.devices, vm.mmio_hole_mib),
                 .hvmloader = settings.hvmloader,
                 .firmware = vm.firmware == Firmware::ovmf ? settings.ovmf : settings.seabios,
                 .platform = vm.platform,
                 .clock = vm.clock,
                 .cpu = vm.cpu,
                 .devices = grants_for(plan.devices, plan.vm)};
  const bool traditional = vm.device_model.profile == DeviceModelProfile::traditional;
  if (!traditional) plan.disks = plan_disks(vm.disks, disks);
  plan.device_model = {
      .profile = vm.device_model.profile,
      .path =
          vm.device_model.path.value_or(traditional ? settings.qemu_traditional : settings.qemu),
      .guest_name = vm.name,
      .ram_mib = vm.memory_mib - videoram,
      .vcpus = vm.vcpus,
      .video_card = plan.video.card,
      .videoram_mib = videoram,
      .mmio_hole_mib = plan.domain.mmio_hole_mib,
      .boot = vm.boot,
      .direct_boot = vm.direct_boot,
      .disks = vm.disks,
      .nics = nics,
      .serial = vm.serial,
      .vnc = vm.vnc,
      .spice = vm.spice,
      .sound = vm.sound,
      .usb = plan_usb(vm.usb, std::move(usb_devices), is_shown(plan)),
      .passthrough = place_in_guest(plan.devices, plan.vm.pci, slots_of_emulated(vm, nics)),
      .hidden_rom = hidden_rom(plan),
      .romfile = romfile(plan),
      .extra_args = vm.device_model.extra_args};
  plan.steps = steps_of(plan, mode);
  return plan;
}

}  // namespace xenlaunch
