#include "launcher/executor.h"

#include <chrono>
#include <csignal>
#include <ctime>

#include "devicemodel/qemu_args.h"
#include "launcher/base/error.h"
#include "launcher/base/uuid.h"
#include "launcher/driver_record.h"

namespace xenlaunch {
Executor::Executor(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
                   Progress& progress, UndoStack& undo)
    : plan_{plan}, settings_{settings}, host_{host}, progress_{progress}, undo_{undo} {}

void Executor::run() {
  for (const Step& step : plan_.steps) {
    if (const std::optional<int> signal = host_.events.stop_signal())
      throw Error{ExitCode::interrupted, "cannot start " + plan_.vm.name + ": stopped by " +
                                             signal_name(*signal) + " before the guest ran"};
    progress_.step(step.action);
    try {
      perform(step);
    } catch (const Error& error) {
      throw Error{error.code, std::string{error.what()} + " (in the step: " + step.action + ")"};
    }
  }
}

void Executor::perform(const Step& step) {
  switch (step.kind) {
    case StepKind::lock_vm:
      return lock("vm-" + plan_.vm.name, "start " + plan_.vm.name, step);
    case StepKind::lock_device: {
      const std::string name = function(step).address.to_string();
      return lock("pci-" + name, "pass " + name, step);
    }
    case StepKind::bind_to_pciback:
      return bind_to_pciback(step);
    case StepKind::switch_rom_on:
      return switch_rom_on(step);
    case StepKind::create_domain:
      return create_domain(step);
    case StepKind::write_domain_nodes:
      return write_domain_nodes(step);
    case StepKind::assign_to_domain:
      return assign_to_domain(step);
    case StepKind::write_pci_nodes:
      return write_pci_nodes(step);
    case StepKind::start_device_model:
      return start_device_model(step);
    case StepKind::build_domain:
      return build_domain();
    case StepKind::introduce_domain:
      return introduce_domain();
    case StepKind::await_device_model:
      return await_device_model();
    case StepKind::insert_device:
      return insert_device(step);
    case StepKind::publish_serial:
      return publish_serial();
    case StepKind::unpause:
      return unpause(step);
  }
}

void Executor::lock(const std::string& name, const std::string& action, const Step& step) {
  std::shared_ptr<void> held = host_.locks.take(name, action);
  undo_.push(step.undo, [held]() mutable { held.reset(); });
}

void Executor::bind_to_pciback(const Step& step) {
  // Looked at again: the plan was made before the device was locked.
  const PciFunction device = host_.pci.inspect(function(step).address);
  const bool was_there = host_.pci.assign(device.address);
  if (!was_there) keep_for_giving_back(device, step);  // else somebody else prepared it
  // pciback resets what it takes, and not every device survives that.
  if (!host_.pci.inspect(device.address).answers)
    throw Error{ExitCode::host,
                "cannot pass " + device.address.to_string() + ": " + does_not_answer};
}

void Executor::keep_for_giving_back(const PciFunction& device, const Step& step) {
  undo_.push(step.undo, [this, device] { host_.pci.restore(device.address, device.driver); });
  // In the quarantine that Xen puts it into after a guest, no driver could use it.
  undo_.push("let dom0 have " + device.address.to_string() + " again",
             [this, device] { host_.xen.release_to_dom0(device.address); });
  if (!device.driver) return;
  host_.store.write({driver_record(device.address, *device.driver)}, 0);
  undo_.push("forget the driver of " + device.address.to_string(),
             [this, root = pci_record(device.address)] { host_.store.remove({root}); });
}

void Executor::switch_rom_on(const Step& step) {
  const PciAddress& device = function(step).address;
  host_.pci.switch_rom_on(device);
  undo_.push(step.undo, [this, &device] { host_.pci.switch_rom_off(device); });
}

void Executor::create_domain(const Step& step) {
  store_domid_ = daemon_domid("/tool/xenstored/domid");
  console_domid_ = daemon_domid("/tool/xenconsoled/domid");
  facts_.uuid = plan_.vm.uuid.value_or(random_uuid());
  facts_.start_time = std::to_string(std::time(nullptr));
  domid_ = host_.xen.create(plan_.domain, facts_.uuid);
  undo_.push(step.undo, [this] { host_.xen.destroy(domid_); });
  facts_.domid = std::to_string(domid_);
  ports_ = host_.xen.configure(domid_, plan_.domain, store_domid_, console_domid_);
  facts_.store_port = std::to_string(ports_.store);
  facts_.console_port = std::to_string(ports_.console);
}

void Executor::write_domain_nodes(const Step& step) {
  host_.store.write(render_domain_nodes(plan_, facts_), domid_);
  undo_.push(step.undo, [this] { host_.store.remove(domain_node_roots(facts_)); });
}

void Executor::assign_to_domain(const Step& step) {
  DeviceGrant grant = plan_.domain.devices[*step.device];
  grant.irq =
      host_.pci.inspect(grant.address).irq;  // the driver it was taken from may have hidden it
  const std::string name = grant.address.to_string();
  const std::string record = pci_record(grant.address) + "/domid";
  const auto lives = [this](const std::string& owner) {
    const std::optional<Domid> other = parse_domid(owner);
    return other && *other != domid_ && host_.xen.domain(*other).has_value();
  };
  if (const auto owner = host_.store.claim({record, facts_.domid, Access::dom0_only}, lives))
    throw Error{ExitCode::host,
                "cannot assign " + name + " to the domain: domain " + *owner + " has it"};
  undo_.push("forget that " + name + " is the domain's",
             [this, device = grant.address] { forget_owner(device); });
  host_.xen.assign(domid_, grant);
  undo_.push(step.undo, [this, device = grant.address] { host_.xen.deassign(domid_, device); });
}

/// Leaves the record alone where another tool has put another owner there, or keeps the driver
/// there.
void Executor::forget_owner(const PciAddress& device) {
  const std::string record = pci_record(device);
  if (host_.store.read(record + "/domid") == facts_.domid) host_.store.remove({record + "/domid"});
  if (host_.store.list(record).empty()) host_.store.remove({record});
}

void Executor::write_pci_nodes(const Step& step) {
  const std::string state = pci_node_roots(facts_).front() + "/0/state";
  host_.store.write(render_pci_nodes(plan_, facts_), domid_);
  undo_.push(step.undo, [this] {
    host_.store.remove(pci_node_roots(facts_));
    host_.pci.await_backend_gone(domid_);
  });
  undo_.push("wait for pciback's answer", [this, state] { await_pciback(state); });
}

/// pciback answers the nodes with nodes of its own, the state last. Removed before that they would
/// come back, with nobody to remove them. A pciback that does not answer at all writes nothing
/// either.
void Executor::await_pciback(const std::string& state) {
  constexpr std::chrono::seconds answer_time{5};
  const auto deadline = std::chrono::steady_clock::now() + answer_time;
  host_.store.watch(state);
  while (host_.store.read(state) == "1") {
    const Event event = host_.events.wait(deadline);
    if (event == Event::none) break;
    if (event == Event::store_changed) host_.store.take_changes();
  }
  host_.store.unwatch(state);
}

void Executor::start_device_model(const Step& step) {
  host_.store.watch(device_model_node("state"));
  undo_.push("stop watching QEMU", [this] { host_.store.unwatch(device_model_node("state")); });
  const pid_t pid = host_.device_model.spawn(render_argv(plan_, facts_),
                                             settings_.log_directory / (plan_.vm.name + ".log"));
  undo_.push(step.undo, [this] {
    host_.device_model.kill({xl_qmp_socket(facts_.domid), qmp_socket(facts_.domid)});
  });
  host_.store.write({{"/local/domain/" + facts_.domid + "/image/device-model-pid",
                      std::to_string(pid), Access::guest_reads}},
                    domid_);
}

void Executor::build_domain() {
  std::vector<std::string> warnings;
  rings_ = host_.xen.build(domid_, plan_.domain, ports_, warnings);
  for (const std::string& warning : warnings) progress_.warning(warning);
  facts_.store_ring = std::to_string(rings_.store);
  facts_.console_ring = std::to_string(rings_.console);
}

void Executor::introduce_domain() {
  host_.store.write(render_build_nodes(plan_, facts_), domid_);
  host_.store.introduce(domid_, rings_.store, ports_.store);
}

void Executor::fail_unless_starting(Event event) const {
  if (event == Event::stop_requested)
    throw Error{ExitCode::interrupted,
                "cannot start " + plan_.vm.name + ": asked to stop before the guest ran"};
  if (event != Event::device_model_ended) return;
  const std::optional<ProcessEnd> end = host_.device_model.ended();
  std::string message =
      "cannot start QEMU: it " + (end ? end->to_string() : "ended") + " before it was ready";
  const std::string words = host_.device_model.last_words();
  message += words.empty() ? "; it said nothing" : ": " + words;
  throw Error{ExitCode::device_model, message};
}

void Executor::await_device_model() {
  const auto deadline = std::chrono::steady_clock::now() + settings_.ready_timeout;
  while (host_.store.read(device_model_node("state")) != "running") {
    const Event event = host_.events.wait(deadline);
    fail_unless_starting(event);
    if (event == Event::none) {
      const std::string words = host_.device_model.last_words();
      throw Error{ExitCode::device_model, "cannot start QEMU: it was not ready within " +
                                              std::to_string(settings_.ready_timeout.count()) +
                                              " s" +
                                              (words.empty() ? "" : ", and last said: " + words)};
    }
    host_.store.take_changes();
  }
}

/// pci-ins of tools/libs/light/libxl_pci.c (qemu_pci_add_xenstore).
void Executor::insert_device(const Step& step) {
  const PassthroughSpec& place = plan_.device_model.passthrough[*step.device];
  host_.store.write({{device_model_node("parameter"), place.host.to_string(), Access::dom0_only},
                     {device_model_node("command"), "pci-ins", Access::dom0_only}},
                    domid_);
  const auto deadline = std::chrono::steady_clock::now() + settings_.ready_timeout;
  while (true) {
    const std::optional<std::string> state = host_.store.read(device_model_node("state"));
    if (state == "pci-inserted") break;
    const Event event = state == "pci-insert-failed" ? Event::none : host_.events.wait(deadline);
    fail_unless_starting(event);
    if (event == Event::none)
      throw Error{ExitCode::device_model,
                  "cannot pass " + place.host.to_string() + ": QEMU did not take it"};
    host_.store.take_changes();
  }
  host_.store.write({{device_model_node("state"), "running", Access::dom0_only}}, domid_);
}

void Executor::publish_serial() {
  const std::string tty = host_.device_model.serial_tty(qmp_socket(facts_.domid));
  host_.store.write({{"/local/domain/" + facts_.domid + "/serial/0/tty", tty, Access::guest_reads}},
                    domid_);
}

void Executor::unpause(const Step& step) {
  host_.xen.unpause(domid_);
  undo_.push(step.undo, [this] { host_.xen.pause(domid_); });
}

std::string Executor::device_model_node(const std::string& name) const {
  return "/local/domain/0/device-model/" + facts_.domid + "/" + name;
}

Domid Executor::daemon_domid(const std::string& path) const {
  const std::optional<std::string> text = host_.store.read(path);
  return text ? parse_domid(*text).value_or(0) : 0;
}

}  // namespace xenlaunch
