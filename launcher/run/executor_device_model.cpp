// The steps of the executor that are about QEMU.
#include <chrono>

#include "base/error.h"
#include "devicemodel/held_start.h"
#include "devicemodel/qemu_args.h"
#include "launcher/run/executor.h"
#include "xenstore/paths.h"

namespace xenlaunch {

void Executor::start_device_model(const Step& step) {
  const bool held = plan_.vm.device_model.profile == DeviceModelProfile::upstream;
  std::optional<std::filesystem::path> hold;
  if (held) hold = hold_socket(facts_.domid);
  undo_.doing(step.action, {.kind = UndoKind::end_device_model, .label = step.undo}, [&] {
    device_model_pid_ =
        host_.device_model.spawn(render_argv(plan_, facts_), settings_.log(plan_.vm.name), hold);
  });
  if (!held) write_device_model_pid();
}

/// Undone by the end of QEMU, too: before what it has open is taken from it.
void Executor::release_device_model(const Step& step) {
  write_device_model_pid();
  undo_.doing(step.action, {.kind = UndoKind::end_device_model, .label = step.undo},
              [this] { host_.device_model.let_go(hold_socket(facts_.domid)); });
}

void Executor::write_device_model_pid() {
  host_.store.write({{domain_path(facts_.domid) + "/image/device-model-pid",
                      std::to_string(device_model_pid_), Access::guest_reads}},
                    domid());
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
  device_model_watch_.emplace(host_.store, device_model_node("state"));
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
                    domid());
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
  host_.store.write({{device_model_node("state"), "running", Access::dom0_only}}, domid());
}

void Executor::publish_serial() {
  const std::string tty = host_.device_model.serial_tty(qmp_socket(facts_.domid));
  host_.store.write({{domain_path(facts_.domid) + "/serial/0/tty", tty, Access::guest_reads}},
                    domid());
}

std::string Executor::device_model_node(const std::string& name) const {
  return device_model_path(facts_.domid) + "/" + name;
}

}  // namespace xenlaunch
