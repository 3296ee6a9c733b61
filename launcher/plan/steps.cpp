#include "launcher/plan/steps.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "launcher/plan/nic_steps.h"
#include "launcher/plan/render.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

using Steps = std::vector<Step>;

constexpr std::string_view pciback = "pciback";

bool is_upstream(const LaunchPlan& plan) {
  return plan.vm.device_model.profile == DeviceModelProfile::upstream;
}

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

Undo restore(const PciAddress& device, const std::optional<std::string>& driver) {
  const std::string name = device.to_string();
  return {
      .kind = UndoKind::restore_device,
      .label = driver ? "give " + name + " back to " + *driver : "take " + name + " from pciback",
      .device = device,
      .driver = driver};
}

Undo release(const PciAddress& device) {
  return {.kind = UndoKind::release_device,
          .label = "let dom0 have " + device.to_string() + " again",
          .device = device};
}

Undo forget_driver(const PciAddress& device) {
  return {.kind = UndoKind::forget_driver,
          .label = "forget the driver of " + device.to_string(),
          .device = device,
          .nodes = {pci_record(device)}};
}

/// The kernel takes a lock back with the process: nobody has to.
Undo unlock(const std::string& what) {
  return {.kind = UndoKind::nothing, .label = "unlock " + what};
}

Step bind(const PciFunction& function) {
  return {.kind = StepKind::bind_to_pciback,
          .action = "bind " + function.address.to_string() + " to pciback",
          .undo = restore(function.address, function.driver)};
}

Step note_driver(const PciAddress& device) {
  return {.kind = StepKind::note_driver,
          .action = "note the driver of " + device.to_string(),
          .undo = forget_driver(device)};
}

void add(Steps& steps, StepKind kind, std::string action, Undo undo = {}) {
  steps.push_back({.kind = kind, .action = std::move(action), .undo = std::move(undo)});
}

void append(Steps& steps, Steps more) {
  for (Step& step : more) steps.push_back(std::move(step));
}

void add_locks(Steps& steps, const LaunchPlan& plan) {
  const std::string vm = "the name " + plan.vm.name;
  add(steps, StepKind::lock_vm, "lock " + vm, unlock(vm));
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const std::string device = plan.devices[i].function.address.to_string();
    steps.push_back({StepKind::lock_device, i, "lock " + device, unlock(device)});
  }
}

void add_usb_locks(Steps& steps, const LaunchPlan& plan) {
  for (const UsbPort& port : plan.device_model.usb.devices) {
    const std::string device = "USB device " + port.to_string();
    add(steps, StepKind::lock_device, "lock " + device, unlock(device));
  }
}

void add_devices(Steps& steps, const LaunchPlan& plan) {
  for (std::size_t i = 0; i < plan.devices.size(); ++i)
    append(steps, steps_to_take(plan.devices[i], i));
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const PciAddress& device = plan.devices[i].function.address;
    if (plan.device_model.hidden_rom != device || plan.device_model.romfile) continue;
    const std::string rom = "the ROM of " + device.to_string();
    steps.push_back(
        {StepKind::switch_rom_on,
         i,
         "switch " + rom + " on",
         {.kind = UndoKind::switch_rom_off, .label = "switch " + rom + " off", .device = device}});
  }
}

void add_assignment(Steps& steps, const LaunchPlan& plan) {
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const PciAddress& device = plan.devices[i].function.address;
    const std::string name = device.to_string();
    steps.push_back({StepKind::note_owner,
                     i,
                     "note that " + name + " is the domain's",
                     {.kind = UndoKind::forget_owner,
                      .label = "forget that " + name + " is the domain's",
                      .device = device}});
    steps.push_back({StepKind::assign_to_domain,
                     i,
                     "assign " + name + " to the domain",
                     {.kind = UndoKind::deassign_device,
                      .label = "take " + name + " from the domain and reset it",
                      .device = device}});
  }
  if (plan.devices.empty()) return;
  add(steps, StepKind::write_pci_nodes, "tell pciback of the guest",
      {.kind = UndoKind::remove_pci_nodes,
       .label = "tell pciback that the guest is gone, and wait until it has reset the devices",
       .nodes = pci_node_roots(Facts{})});
}

/// What QEMU does not see as it is, for people.
std::string with_view(const LaunchPlan& plan) {
  std::string view;
  if (plan.device_model.hidden_rom) view += ", with no ROM among the GPU's resources";
  if (plan.device_model.romfile) view += " and " + *plan.device_model.romfile + " as its ROM";
  if (!plan.vm.device_model.confined) view += ", not confined";
  return view;
}

/// A QEMU with a root of its own cannot remove those that are elsewhere.
std::vector<std::string> sockets_of_qemu(const VmConfig& vm) {
  std::vector<std::string> sockets;
  if (vm.vnc && vm.vnc->socket) sockets.push_back(*vm.vnc->socket);
  if (vm.serial.kind == SerialConfig::Kind::unix_socket) sockets.push_back(vm.serial.path);
  return sockets;
}

Undo end_of_qemu(const LaunchPlan& plan, const std::string& label) {
  return {.kind = UndoKind::end_device_model, .label = label, .nodes = sockets_of_qemu(plan.vm)};
}

void add_domain(Steps& steps, const StartMode& mode) {
  if (mode.attach)
    add(steps, StepKind::adopt_domain, "take the domain as it was built");
  else
    add(steps, StepKind::create_domain, "create the domain",
        {.kind = UndoKind::destroy_domain, .label = "destroy the domain"});
}

void add_nodes(Steps& steps, const LaunchPlan& plan, const StartMode& mode) {
  if (mode.attach)
    add(steps, StepKind::write_device_nodes, "write QEMU's xenstore nodes",
        {.kind = UndoKind::remove_nodes,
         .label = "remove QEMU's xenstore nodes",
         .nodes = device_node_roots(plan, Facts{})});
  else
    add(steps, StepKind::write_domain_nodes, "write the domain's xenstore nodes",
        {.kind = UndoKind::remove_nodes,
         .label = "remove the domain's xenstore nodes",
         .nodes = domain_node_roots(Facts{})});
}

/// As soon as blkback can know of them, so that it opens them meanwhile.
void add_disk_nodes(Steps& steps, const LaunchPlan& plan) {
  if (uses_blkback(plan.disks))
    add(steps, StepKind::write_disk_nodes, "tell blkback of the disks",
        {.kind = UndoKind::release_disks,
         .label = "take the disks from blkback, and wait until it has let go",
         .nodes = disk_node_roots(plan, Facts{})});
}

void add_build(Steps& steps) {
  add(steps, StepKind::build_domain, "build the domain: memory, hvmloader, firmware");
}

/// From the moment on at which all that QEMU looks at is there.
void add_readiness(Steps& steps, const LaunchPlan& plan) {
  add(steps, StepKind::await_device_model, "wait until QEMU is ready");
  if (is_upstream(plan)) {
    const VmConfig& vm = plan.vm;
    append(steps, steps_to_connect_taps(plan));
    if ((vm.vnc && vm.vnc->password_file) || (vm.spice && vm.spice->password_file))
      add(steps, StepKind::set_passwords, "set the screen's password");
    if (vm.serial.kind == SerialConfig::Kind::pty)
      add(steps, StepKind::publish_serial, "publish the serial port for xl console");
    if (vm.vnc && !vm.vnc->socket)
      add(steps, StepKind::publish_vnc, "publish VNC's port for xl vncviewer");
    append(steps, steps_to_await_scripts(plan));
    return;
  }
  for (std::size_t i = 0; i < plan.devices.size(); ++i)
    steps.push_back(
        {StepKind::insert_device,
         i,
         "tell QEMU of " + plan.devices[i].function.address.to_string() + " through xenstore",
         {}});
}

/// Undone also where somebody else lets the guest run.
void add_end(Steps& steps, const StartMode& mode) {
  const Undo pause{.kind = UndoKind::pause_guest, .label = "pause the guest"};
  if (mode.leave_paused)
    add(steps, StepKind::leave_paused, "leave the guest paused", pause);
  else
    add(steps, StepKind::unpause, "let the guest run", pause);
}

}  // namespace

std::vector<Step> steps_of(const LaunchPlan& plan, const StartMode& mode) {
  const bool upstream = is_upstream(plan);
  const bool build_first = must_build_first(plan.vm);
  Steps steps;
  add_locks(steps, plan);
  add_usb_locks(steps, plan);
  add_devices(steps, plan);
  add_domain(steps, mode);
  // As soon as there is a domain id for it; it is let go once what it looks at is there.
  if (upstream)
    add(steps, StepKind::start_device_model, "start QEMU and hold it" + with_view(plan),
        end_of_qemu(plan, "end QEMU if it is still held"));
  if (!mode.attach)
    add(steps, StepKind::configure_domain, "give the domain its vCPUs, limits and event channels");
  add_nodes(steps, plan, mode);
  add_disk_nodes(steps, plan);
  if (upstream) append(steps, steps_to_connect_vifs(plan));
  if (!mode.attach && build_first) add_build(steps);
  add_assignment(steps, plan);
  // Ended before what it has open is taken from it.
  const Undo end = end_of_qemu(plan, "end QEMU and wait until it is gone");
  if (upstream)
    add(steps, StepKind::release_device_model, "let QEMU go on", end);
  else
    add(steps, StepKind::start_device_model, "start QEMU", end);
  if (!mode.attach && !build_first) add_build(steps);
  if (!mode.attach) add(steps, StepKind::introduce_domain, "introduce the domain to xenstored");
  add_readiness(steps, plan);
  if (uses_blkback(plan.disks))
    add(steps, StepKind::await_disks, "wait until blkback has opened the disks");
  add_end(steps, mode);
  return steps;
}

std::vector<Step> steps_to_take(const PlannedDevice& device, std::size_t index) {
  const PciFunction& function = device.function;
  const std::string name = function.address.to_string();
  Steps steps{bind(function)};
  if (function.driver == pciback) {  // prepared by somebody else, whose it stays
    steps.front().undo = {.kind = UndoKind::nothing, .label = "leave " + name + " with pciback"};
  } else {
    // In the quarantine that Xen puts it into after a guest, no driver could use it.
    add(steps, StepKind::note_dom0_owner, "note that " + name + " is dom0's",
        release(function.address));
    if (function.driver) steps.push_back(note_driver(function.address));
  }
  if (device.reset)
    add(steps, StepKind::choose_reset, "have " + name + " reset by " + *device.reset,
        {.kind = UndoKind::leave_reset,
         .label = "let the kernel choose again how " + name + " is reset",
         .device = function.address,
         .resets = function.reset_methods});
  for (Step& step : steps) step.device = index;
  return steps;
}

std::vector<Step> steps_to_assign(const PciFunction& function) {
  Steps steps{bind(function)};
  if (function.driver) steps.push_back(note_driver(function.address));
  add(steps, StepKind::quarantine_device,
      "put " + function.address.to_string() + " into Xen's quarantine", release(function.address));
  return steps;
}

std::vector<Undo> undos_to_restore(const PciAddress& device,
                                   const std::optional<std::string>& driver) {
  return {forget_driver(device), restore(device, driver), release(device)};
}

}  // namespace xenlaunch
