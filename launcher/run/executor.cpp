#include "launcher/run/executor.h"

#include <ctime>

#include "base/error.h"
#include "launcher/checks/preflight.h"
#include "launcher/host/driver_record.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// What a VM holds from its first start to its last end.
bool takes_devices(const Step& step) {
  return step.kind == StepKind::bind_to_pciback;
}

bool locks(const Step& step) {
  return step.kind == StepKind::lock_vm || step.kind == StepKind::lock_device;
}

}  // namespace

Executor::Executor(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
                   Progress& progress, Journal& journal, UndoLog& undo, DomainIdentity& domain)
    : plan_{plan},
      settings_{settings},
      host_{host},
      progress_{progress},
      journal_{journal},
      undo_{undo},
      domain_{domain} {}

void Executor::lock_devices() {
  for (const PlannedDevice& device : plan_.devices) {
    const std::string name = device.function.address.to_string();
    locks_.push_back(host_.locks.take("pci-" + name, "pass " + name));
  }
}

void Executor::take_devices() {
  run(takes_devices);
}

void Executor::start_domain() {
  facts_.uuid = domain_.uuid;
  run([](const Step& step) { return !locks(step) && !takes_devices(step); });
  if (plan_.steps.back().kind == StepKind::unpause) return;
  // Somebody else lets it run.
  undo_.doing("leave the guest paused", {.kind = UndoKind::pause_guest, .label = "pause the guest"},
              [] {});
}

void Executor::forget_domain() {
  device_model_watch_.reset();
  domain_.domid.reset();
  journal_.domain(std::nullopt);
}

template <typename Filter>
void Executor::run(Filter filter) {
  for (const Step& step : plan_.steps) {
    if (!filter(step)) continue;
    if (const std::optional<int> signal = host_.events.stop_signal())
      throw Error{ExitCode::interrupted, "cannot start " + plan_.vm.name + ": stopped by " +
                                             signal_name(*signal) + " before the guest ran"};
    ProgressEvent event{.event = "step",
                        .name = std::string{to_string(step.kind)},
                        .phase = "begun",
                        .device = step.device ? function(step).address.to_string() : "",
                        .text = step.action};
    progress_.step(step.action);
    progress_.event(event);
    try {
      perform(step);
    } catch (const Error& error) {
      event.phase = "failed";
      event.reason = error.what();
      progress_.event(event);
      throw Error{error.code, std::string{error.what()} + " (in the step: " + step.action + ")"};
    }
    event.phase = "done";
    progress_.event(event);
  }
}

void Executor::perform(const Step& step) {
  switch (step.kind) {
    case StepKind::lock_vm:
    case StepKind::lock_device:
      return;  // before anything else
    case StepKind::bind_to_pciback:
      return bind_to_pciback(step);
    case StepKind::switch_rom_on:
      return switch_rom_on(step);
    case StepKind::create_domain:
      return create_domain(step);
    case StepKind::adopt_domain:
      return adopt_domain(step);
    case StepKind::configure_domain:
      return simply(step, [this] { configure_domain(); });
    case StepKind::write_domain_nodes:
    case StepKind::write_device_nodes:
      return write_domain_nodes(step);
    case StepKind::assign_to_domain:
      return assign_to_domain(step);
    case StepKind::write_pci_nodes:
      return write_pci_nodes(step);
    case StepKind::start_device_model:
      return start_device_model(step);
    case StepKind::release_device_model:
      return release_device_model(step);
    case StepKind::build_domain:
      return simply(step, [this] { build_domain(); });
    case StepKind::introduce_domain:
      return simply(step, [this] { introduce_domain(); });
    case StepKind::await_device_model:
      return simply(step, [this] { await_device_model(); });
    case StepKind::insert_device:
      return simply(step, [this, &step] { insert_device(step); });
    case StepKind::publish_serial:
      return simply(step, [this] { publish_serial(); });
    case StepKind::unpause:
      return unpause(step);
  }
}

void Executor::bind_to_pciback(const Step& step) {
  // Looked at again: the plan was made before the device was locked.
  const PciFunction device = host_.pci.inspect(function(step).address);
  const std::string name = device.address.to_string();
  if (device.driver == "pciback") return;  // prepared by somebody else, whose it stays
  undo_.doing(step.action,
              {.kind = UndoKind::restore_device,
               .label = step.undo,
               .device = device.address,
               .driver = device.driver},
              [&] { host_.pci.assign(device.address); });
  // In the quarantine that Xen puts it into after a guest, no driver could use it.
  undo_.doing("remember that " + name + " is dom0's",
              {.kind = UndoKind::release_device,
               .label = "let dom0 have " + name + " again",
               .device = device.address},
              [] {});
  if (!device.driver) return;
  undo_.doing("note the driver of " + name,
              {.kind = UndoKind::forget_driver,
               .label = "forget the driver of " + name,
               .nodes = {pci_record(device.address)}},
              [&] { host_.store.write({driver_record(device.address, *device.driver)}, 0); });
}

void Executor::switch_rom_on(const Step& step) {
  const PciAddress& device = function(step).address;
  undo_.doing(step.action, {.kind = UndoKind::switch_rom_off, .label = step.undo, .device = device},
              [&] { host_.pci.switch_rom_on(device); });
}

void Executor::create_domain(const Step& step) {
  facts_.start_time = std::to_string(std::time(nullptr));
  undo_.doing(step.action, {.kind = UndoKind::destroy_domain, .label = step.undo},
              [&] { domain_.domid = host_.xen.create(plan_.domain, facts_.uuid); });
  journal_.domain(domid());
  facts_.domid = std::to_string(domid());
}

void Executor::configure_domain() {
  const Domid store_domid = daemon_domid("/tool/xenstored/domid");
  const Domid console_domid = daemon_domid("/tool/xenconsoled/domid");
  ports_ = host_.xen.configure(domid(), plan_.domain, store_domid, console_domid);
  facts_.store_port = std::to_string(ports_.store);
  facts_.console_port = std::to_string(ports_.console);
}

/// A toolstack's: nothing of it is undone here.
void Executor::adopt_domain(const Step& step) {
  simply(step, [this] {
    const auto state = host_.xen.domain(domid());
    if (!state || state->dying || state->uuid != domain_.uuid)
      throw Error{ExitCode::xen,
                  "cannot attach to domain " + std::to_string(domid()) + ": it is gone"};
    refuse(check_domain(domid(), host_.xen));
  });
  journal_.domain(domid());
  facts_.domid = std::to_string(domid());
}

void Executor::write_domain_nodes(const Step& step) {
  const bool ours = step.kind == StepKind::write_domain_nodes;
  undo_.doing(step.action,
              {.kind = UndoKind::remove_nodes,
               .label = step.undo,
               .nodes = ours ? domain_node_roots(facts_) : device_node_roots(plan_, facts_)},
              [&] {
                host_.store.write(
                    ours ? render_domain_nodes(plan_, facts_) : render_device_nodes(plan_, facts_),
                    domid());
              });
}

void Executor::require_answer(const PciAddress& device) {
  if (!host_.pci.inspect(device).answers)
    throw Error{ExitCode::host, "cannot pass " + device.to_string() + ": " + does_not_answer};
}

void Executor::assign_to_domain(const Step& step) {
  DeviceGrant grant = plan_.domain.devices[*step.device];
  const PciAddress& device = grant.address;
  const std::string name = device.to_string();
  require_answer(device);  // pciback resets what it takes, and not every device survives that
  grant.irq = host_.pci.inspect(device).irq;  // the driver it was taken from may have hidden it
  const std::string record = pci_record(device) + "/domid";
  const auto lives = [this](const std::string& owner) {
    const std::optional<Domid> other = parse_domid(owner);
    return other && *other != domid() && host_.xen.domain(*other).has_value();
  };
  undo_.doing(
      "note that " + name + " is the domain's",
      {.kind = UndoKind::forget_owner,
       .label = "forget that " + name + " is the domain's",
       .device = device},
      [&] {
        if (const auto owner = host_.store.claim({record, facts_.domid, Access::dom0_only}, lives))
          throw Error{ExitCode::host,
                      "cannot assign " + name + " to the domain: domain " + *owner + " has it"};
      });
  undo_.doing(step.action, {.kind = UndoKind::take_device, .label = step.undo, .device = device},
              [&] { host_.xen.assign(domid(), grant); });
}

void Executor::write_pci_nodes(const Step& step) {
  undo_.doing(
      step.action,
      {.kind = UndoKind::remove_pci_nodes, .label = step.undo, .nodes = pci_node_roots(facts_)},
      [this] { host_.store.write(render_pci_nodes(plan_, facts_), domid()); });
}

void Executor::build_domain() {
  std::vector<std::string> warnings;
  rings_ = host_.xen.build(domid(), plan_.domain, ports_, warnings);
  for (const std::string& warning : warnings) progress_.warning(warning);
  facts_.store_ring = std::to_string(rings_.store);
  facts_.console_ring = std::to_string(rings_.console);
}

void Executor::introduce_domain() {
  host_.store.write(render_build_nodes(plan_, facts_), domid());
  host_.store.introduce(domid(), rings_.store, ports_.store);
}

void Executor::unpause(const Step& step) {
  undo_.doing(step.action, {.kind = UndoKind::pause_guest, .label = step.undo},
              [this] { host_.xen.unpause(domid()); });
}

Domid Executor::daemon_domid(const std::string& path) const {
  const std::optional<std::string> text = host_.store.read(path);
  return text ? parse_domid(*text).value_or(0) : 0;
}

}  // namespace xenlaunch
