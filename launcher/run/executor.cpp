#include "launcher/run/executor.h"
#include "launcher/plan/disk_nodes.h"

#include <ctime>

#include "base/error.h"
#include "base/text.h"
#include "devicemodel/disk_target.h"
#include "launcher/checks/preflight.h"
#include "launcher/host/driver_record.h"
#include "launcher/host/unreset_device.h"
#include "launcher/plan/step_names.h"
#include "launcher/plan/steps.h"
#include "launcher/undo/device_return.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// The locks, and what a VM holds from its first start to its last end.
bool is_of_no_domain(const Step& step) {
  return step.kind == StepKind::lock_vm || step.kind == StepKind::lock_device ||
         step.kind == StepKind::bind_to_pciback || step.kind == StepKind::note_dom0_owner ||
         step.kind == StepKind::note_driver || step.kind == StepKind::choose_reset;
}

}  // namespace

Executor::Executor(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
                   Progress& progress, UndoLog& undo)
    : plan_{plan}, settings_{settings}, host_{host}, progress_{progress}, undo_{undo} {}

void Executor::take_devices() {
  for (std::size_t i = 0; i < plan_.devices.size(); ++i) {
    // Looked at again: the plan was made before the device was locked.
    const PciFunction function = host_.pci.inspect(plan_.devices[i].function.address);
    if (function.driver != "pciback") settings_.judge(function);
    PlannedDevice device = plan_.devices[i];
    device.function = function;
    for (const Step& step : steps_to_take(device, i)) run(step, [&] { take(step, device); });
    reset_for_guest(function, plan_.vm.pci[i].strict_reset);
  }
}

void Executor::take(const Step& step, const PlannedDevice& device) {
  const PciFunction& function = device.function;
  if (step.kind == StepKind::bind_to_pciback) host_.pci.assign(function.address);
  if (step.kind == StepKind::note_driver)
    host_.store.write({driver_record(function.address, *function.driver)}, 0);
  if (step.kind == StepKind::choose_reset)
    host_.pci.choose_resets(function.address, {*device.reset});
}

/// What an earlier guest has left in it, where it could not be reset then.
void Executor::reset_for_guest(const PciFunction& function, bool is_strict) {
  const std::optional<std::string> vm = unreset_since(function.address, host_.store);
  if (!vm) return;
  // With a driver of dom0 it has been in other hands since.
  const bool is_dom0s = function.driver && function.driver != "pciback";
  DeviceReturn devices{host_.pci, host_.xen, host_.store, progress_, WithoutReset::pciback};
  if (is_dom0s || devices.may_go(function.address))
    clear_unreset(function.address, host_.store);
  else if (is_strict)
    refuse({unreset_finding(function.address, *vm, Severity::blocks)});
}

void Executor::start_domain() {
  device_model_watch_.reset();  // of the domain before a restart
  facts_ = {.uuid = undo_.domain().uuid};
  try {
    run_steps();
  } catch (...) {
    scripts_.clear();  // before what they do is undone
    throw;
  }
}

void Executor::run_steps() {
  for (const Step& step : plan_.steps) {
    if (is_of_no_domain(step)) continue;
    created_.reset();
    Step rendered = step;
    rendered.undo = render_undo(step.undo, facts_);
    run(rendered, [&] { perform(step); });
    // Behind the step, which would else be one that has left nothing where this fails.
    if (created_) undo_.domid(created_);
    if (created_) facts_.domid = std::to_string(domid());
  }
}

void Executor::run(const Step& step, const std::function<void()>& change) {
  if (const std::optional<int> signal = host_.events.stop_signal())
    throw Error{ExitCode::interrupted, "cannot start " + plan_.vm.name + ": stopped by " +
                                           signal_name(*signal) + " before the guest ran"};
  ProgressEvent event{.event = "step",
                      .name = std::string{name_of(step.kind, step_names)},
                      .phase = "begun",
                      .device = step.device ? address(step).to_string() : "",
                      .text = step.action};
  progress_.step(step.action);
  progress_.event(event);
  try {
    const bool is_prepared =
        step.kind == StepKind::bind_to_pciback && step.undo.kind == UndoKind::nothing;
    if (!is_prepared) undo_.doing(step, change);
  } catch (const Error& error) {
    event.phase = "failed";
    event.reason = error.what();
    progress_.event(event);
    throw Error{error.code, std::string{error.what()} + " (in the step: " + step.action + ")"};
  }
  event.phase = "done";
  progress_.event(event);
}

void Executor::perform(const Step& step) {
  switch (step.kind) {
    case StepKind::lock_vm:
    case StepKind::lock_device:
    case StepKind::bind_to_pciback:
    case StepKind::note_dom0_owner:
    case StepKind::note_driver:
    case StepKind::choose_reset:
    case StepKind::quarantine_device:
    case StepKind::leave_paused:
      return;  // done before there is a domain, or nothing to do
    case StepKind::switch_rom_on:
      return host_.pci.switch_rom_on(address(step));
    case StepKind::create_domain:
      return create_domain();
    case StepKind::adopt_domain:
      return adopt_domain();
    case StepKind::configure_domain:
      return configure_domain();
    case StepKind::write_domain_nodes:
      return host_.store.write_unseen(render_domain_nodes(plan_, facts_), domid());
    case StepKind::write_device_nodes:
      return host_.store.write(render_device_nodes(plan_, facts_), domid());
    case StepKind::write_disk_nodes:
      return host_.store.write(render_disk_nodes(plan_, facts_), domid());
    case StepKind::await_disks:
      return await_disks();
    case StepKind::write_nic_nodes:
      return host_.store.write(render_nic_nodes(plan_, facts_), domid());
    case StepKind::start_vif_script:
      return start_vif_script(step);
    case StepKind::start_tap_script:
      return start_tap_script(step);
    case StepKind::await_nic_scripts:
      return await_nic_scripts();
    case StepKind::note_owner:
      return note_owner(address(step));
    case StepKind::assign_to_domain:
      return assign_to_domain(step);
    case StepKind::write_pci_nodes:
      return host_.store.write(render_pci_nodes(plan_, facts_), domid());
    case StepKind::start_device_model:
      return start_device_model();
    case StepKind::release_device_model:
      return release_device_model();
    case StepKind::build_domain:
      return build_domain();
    case StepKind::introduce_domain:
      return introduce_domain();
    case StepKind::await_device_model:
      return await_device_model();
    case StepKind::insert_device:
      return insert_device(step);
    case StepKind::set_passwords:
      return set_passwords();
    case StepKind::publish_serial:
      return publish_serial();
    case StepKind::publish_vnc:
      return publish_vnc();
    case StepKind::unpause:
      return host_.xen.unpause(domid());
  }
}

void Executor::create_domain() {
  facts_.start_time = std::to_string(std::time(nullptr));
  created_ = host_.xen.create(plan_.domain, facts_.uuid);
}

void Executor::configure_domain() {
  const Domid store_domid = daemon_domid("/tool/xenstored/domid");
  const Domid console_domid = daemon_domid("/tool/xenconsoled/domid");
  ports_ = host_.xen.configure(domid(), plan_.domain, store_domid, console_domid);
  facts_.store_port = std::to_string(ports_.store);
  facts_.console_port = std::to_string(ports_.console);
}

/// A toolstack's: nothing of it is undone here.
void Executor::adopt_domain() {
  const auto state = host_.xen.domain(domid());
  if (!state || state->dying || state->uuid != undo_.domain().uuid)
    throw Error{ExitCode::xen,
                "cannot attach to domain " + std::to_string(domid()) + ": it is gone"};
  refuse(check_domain(domid(), host_.xen));
  created_ = domid();
}

void Executor::note_owner(const PciAddress& device) {
  const auto lives = [this](const std::string& owner) {
    const std::optional<Domid> other = parse_domid(owner);
    return other && *other != domid() && host_.xen.domain(*other).has_value();
  };
  if (const auto owner = host_.store.claim(
          {pci_record(device) + "/domid", facts_.domid, Access::dom0_only}, lives))
    throw Error{ExitCode::host, "cannot assign " + device.to_string() + " to the domain: domain " +
                                    *owner + " has it"};
}

void Executor::assign_to_domain(const Step& step) {
  DeviceGrant grant = plan_.domain.devices[*step.device];
  const PciFunction now = host_.pci.inspect(grant.address);
  // pciback resets what it takes, and not every device survives that.
  if (!now.answers)
    throw Error{ExitCode::host,
                "cannot pass " + grant.address.to_string() + ": " + does_not_answer};
  grant.irq = now.irq;  // the driver it was taken from may have hidden it
  mark_unreset(grant.address, plan_.vm.name, host_.store);
  try {
    host_.xen.assign(domid(), grant);
  } catch (...) {
    clear_unreset(grant.address, host_.store);
    throw;
  }
}

void Executor::build_domain() {
  std::vector<std::string> warnings;
  rings_ = host_.xen.build(domid(), plan_.domain, ports_, warnings);
  for (const std::string& warning : warnings) progress_.warning(warning);
  facts_.store_ring = std::to_string(rings_.store);
  facts_.console_ring = std::to_string(rings_.console);
}

void Executor::introduce_domain() {
  host_.store.write_unseen(render_build_nodes(plan_, facts_), domid());
  host_.store.introduce(domid(), rings_.store, ports_.store);
}

void Executor::await_disks() {
  for (const PlannedDisk& disk : plan_.disks) {
    if (disk.backend != DiskBackend::blkback) continue;
    const unsigned device = virtual_device(target_of(disk.config));
    const std::string node = backend_node(disk, facts_);
    // Where it fails it goes to Closing and says why (xenbus_dev_fatal of drivers/xen/xenbus).
    const auto is_refused = [&] {
      const std::optional<std::string> state = host_.store.read(node + "/state");
      return state == "5" || state == "6";
    };
    if (host_.disks.await_open(domid(), device, is_refused)) continue;
    const std::optional<std::string> reason = host_.store.read(
        backend_errors_path("vbd", facts_.domid) + "/" + std::to_string(device) + "/error");
    throw Error{ExitCode::host, "cannot give the guest " + disk.config.target + ": dom0's " +
                                    "xen-blkback does not open " + disk.config.image +
                                    (reason ? " (" + excerpt(*reason, 200) + ")" : "")};
  }
}

Domid Executor::daemon_domid(const std::string& path) const {
  const std::optional<std::string> text = host_.store.read(path);
  return text ? parse_domid(*text).value_or(0) : 0;
}

}  // namespace xenlaunch
