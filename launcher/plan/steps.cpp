#include "launcher/plan/steps.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace xenlaunch {
namespace {

constexpr std::string_view pciback = "pciback";

/// Reserved memory that a device may go without (relaxed) is entered into the guest's map when the
/// device is assigned, unless RAM is there already; RAM cannot be put over it afterwards
/// (p2m_add_identity_entry of xen/arch/x86/mm/p2m.c). The traditional QEMU looks for the ioreq
/// page, which the build makes, as soon as it starts.
bool must_build_first(const VmConfig& vm) {
  return vm.device_model.profile == DeviceModelProfile::traditional ||
         std::any_of(vm.pci.begin(), vm.pci.end(), [](const PciDeviceConfig& device) {
           return device.rdm_policy == RdmPolicy::relaxed;
         });
}

std::string restore_text(const PciFunction& function) {
  const std::string name = function.address.to_string();
  if (!function.driver) return "take " + name + " from pciback";
  return *function.driver == pciback ? "leave " + name + " with pciback"
                                     : "give " + name + " back to " + *function.driver;
}

}  // namespace

std::vector<Step> steps_of(const VmConfig& vm, const std::vector<PlannedDevice>& devices,
                           const ResolvedVideo& video) {
  std::vector<Step> steps;
  const auto add = [&steps](StepKind kind, std::string action, std::string undo) {
    steps.push_back({kind, std::nullopt, std::move(action), std::move(undo)});
  };
  const auto add_each = [&](StepKind kind, auto&& texts) {
    for (std::size_t i = 0; i < devices.size(); ++i) {
      auto [action, undo] = texts(devices[i].function, devices[i].function.address.to_string());
      steps.push_back({kind, i, std::move(action), std::move(undo)});
    }
  };
  using Texts = std::pair<std::string, std::string>;
  const bool upstream = vm.device_model.profile == DeviceModelProfile::upstream;
  const std::string end_of_qemu = "end QEMU and wait until it is gone";
  const auto add_build = [&add] {
    add(StepKind::build_domain, "build the domain: memory, hvmloader, firmware", "");
  };

  add(StepKind::lock_vm, "lock the name " + vm.name, "unlock the name " + vm.name);
  add_each(StepKind::lock_device, [](const PciFunction&, const std::string& name) {
    return Texts{"lock " + name, "unlock " + name};
  });
  add_each(StepKind::bind_to_pciback, [](const PciFunction& function, const std::string& name) {
    return Texts{"bind " + name + " to pciback", restore_text(function)};
  });
  if (video.card == VideoCard::igd_passthrough && upstream) {
    for (std::size_t i = 0; i < devices.size(); ++i) {
      if (!devices[i].integrated || devices[i].function.address != igd_address) continue;
      const std::string rom = "the ROM of " + devices[i].function.address.to_string();
      steps.push_back(
          {StepKind::switch_rom_on, i, "switch " + rom + " on", "switch " + rom + " off"});
    }
  }
  add(StepKind::create_domain, "create the domain", "destroy the domain");
  // As soon as there is a domain id for it; it is let go once what it looks at is there.
  if (upstream)
    add(StepKind::start_device_model, "start QEMU and hold it", "end QEMU if it is still held");
  add(StepKind::configure_domain, "give the domain its vCPUs, limits and event channels", "");
  add(StepKind::write_domain_nodes, "write the domain's xenstore nodes",
      "remove the domain's xenstore nodes");
  const bool build_first = must_build_first(vm);
  if (build_first) add_build();
  add_each(StepKind::assign_to_domain, [](const PciFunction&, const std::string& name) {
    return Texts{"assign " + name + " to the domain",
                 "take " + name + " from the domain and reset it"};
  });
  if (!devices.empty())
    add(StepKind::write_pci_nodes, "tell pciback of the guest",
        "tell pciback that the guest is gone, and wait until it has reset the devices");
  if (upstream)
    add(StepKind::release_device_model, "let QEMU go on", end_of_qemu);
  else
    add(StepKind::start_device_model, "start QEMU", end_of_qemu);
  if (!build_first) add_build();
  add(StepKind::introduce_domain, "introduce the domain to xenstored", "");
  add(StepKind::await_device_model, "wait until QEMU is ready", "");
  if (!upstream) {
    add_each(StepKind::insert_device, [](const PciFunction&, const std::string& name) {
      return Texts{"tell QEMU of " + name + " through xenstore", ""};
    });
  }
  if (vm.serial.kind == SerialConfig::Kind::pty && upstream)
    add(StepKind::publish_serial, "publish the serial port for xl console", "");
  add(StepKind::unpause, "let the guest run", "pause the guest");
  return steps;
}

void leave_paused(LaunchPlan& plan) {
  std::erase_if(plan.steps, [](const Step& step) { return step.kind == StepKind::unpause; });
}

void attach_to_built_domain(LaunchPlan& plan) {
  std::erase_if(plan.steps, [](const Step& step) {
    return step.kind == StepKind::configure_domain || step.kind == StepKind::build_domain ||
           step.kind == StepKind::introduce_domain;
  });
  for (Step& step : plan.steps) {
    if (step.kind == StepKind::create_domain)
      step = {StepKind::adopt_domain, std::nullopt, "take the domain as it was built", ""};
    if (step.kind == StepKind::write_domain_nodes)
      step = {StepKind::write_device_nodes, std::nullopt, "write QEMU's xenstore nodes",
              "remove QEMU's xenstore nodes"};
  }
}

std::string_view to_string(StepKind kind) {
  switch (kind) {
    case StepKind::lock_vm:
      return "lock_vm";
    case StepKind::lock_device:
      return "lock_device";
    case StepKind::bind_to_pciback:
      return "bind_to_pciback";
    case StepKind::switch_rom_on:
      return "switch_rom_on";
    case StepKind::create_domain:
      return "create_domain";
    case StepKind::adopt_domain:
      return "adopt_domain";
    case StepKind::configure_domain:
      return "configure_domain";
    case StepKind::write_domain_nodes:
      return "write_domain_nodes";
    case StepKind::write_device_nodes:
      return "write_device_nodes";
    case StepKind::assign_to_domain:
      return "assign_to_domain";
    case StepKind::write_pci_nodes:
      return "write_pci_nodes";
    case StepKind::start_device_model:
      return "start_device_model";
    case StepKind::release_device_model:
      return "release_device_model";
    case StepKind::build_domain:
      return "build_domain";
    case StepKind::introduce_domain:
      return "introduce_domain";
    case StepKind::await_device_model:
      return "await_device_model";
    case StepKind::insert_device:
      return "insert_device";
    case StepKind::publish_serial:
      return "publish_serial";
    case StepKind::unpause:
      return "unpause";
  }
  return {};
}

}  // namespace xenlaunch
