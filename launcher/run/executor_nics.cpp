// The steps of the executor that are about network cards.
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "devicemodel/qemu_args.h"
#include "launcher/run/executor.h"
#include "xenstore/await_node.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// LIBXL_INIT_TIMEOUT of tools/libs/light/libxl_internal.h.
constexpr std::chrono::seconds time_to_initialise{10};
constexpr const char* waits_for_its_frontend = "2";
constexpr std::size_t longest_excerpt = 200;

std::string action_of(std::size_t nic, const std::string& bridge) {
  return "cannot put network card " + std::to_string(nic) + " on " + bridge + ": ";
}

}  // namespace

std::string Executor::vif_backend(std::size_t nic) const {
  return backend_path("vif", facts_.domid) + "/" + std::to_string(nic);
}

std::vector<FileDescriptor> Executor::hand_taps(DeviceModelStart& start) {
  std::vector<FileDescriptor> taps;
  if (!plan_.device_model.handed_taps) return taps;
  for (const EmulatedNic& nic : plan_.device_model.nics) {
    taps.push_back(host_.nics.make_tap(tap_name(facts_.domid, nic.index)));
    start.given.push_back({.ours = taps.back().get(), .number = handed_tap(nic.index)});
  }
  return taps;
}

void Executor::start_vif_script(const Step& step) {
  const std::string state = vif_backend(*step.nic) + "/state";
  const auto waits = [](const std::optional<std::string>& value) {
    return value == waits_for_its_frontend;
  };
  if (!waits(host_.store.read(state))) {
    const Watch watch{host_.store, state};
    if (!await_node(host_.store, host_.events, state,
                    std::chrono::steady_clock::now() + time_to_initialise, waits,
                    [this](Event event) { fail_unless_starting(event); }))
      throw Error{ExitCode::host, action_of(*step.nic, plan_.nics[*step.nic].bridge) +
                                      "xen-netback has not made its interface within " +
                                      std::to_string(time_to_initialise.count()) +
                                      " s; `dmesg` may say why"};
  }
  start_script(step, NicAction::connect_vif);
}

void Executor::start_tap_script(const Step& step) {
  start_script(step, NicAction::connect_tap);
}

void Executor::start_script(const Step& step, NicAction action) {
  const ScriptCall call = script_call(*step.undo.nic, facts_.domid, action);
  scripts_.push_back({.nic = *step.nic,
                      .running = host_.nics.start(call),
                      .is_of_vif = action == NicAction::connect_vif});
}

void Executor::await_nic_scripts() {
  std::string problems;
  for (NicScript& script : std::exchange(scripts_, {})) {
    const std::string problem = problem_of(script);
    if (problem.empty()) continue;
    problems += (problems.empty() ? "" : "\n") +
                action_of(script.nic, plan_.nics[script.nic].bridge) + problem;
  }
  if (!problems.empty())
    throw Error{ExitCode::host, problems + "; /var/log/xen/xen-hotplug.log may say more"};
}

/// Empty where it has done its work. What it says of itself is in xenstore, where no guest writes
/// (device_hotplug_child_death_cb of tools/libs/light/libxl_device.c).
std::string Executor::problem_of(NicScript& script) {
  const std::string& name = plan_.nics[script.nic].script;
  const ProgramResult result = script.running->finish();
  if (!result.succeeded()) {
    const auto error = host_.store.read(vif_backend(script.nic) + "/hotplug-error");
    const std::string text = failure_text(name, result);
    return error && !error->empty() ? text + ": " + excerpt(*error, longest_excerpt) : text;
  }
  if (script.is_of_vif &&
      host_.store.read(vif_backend(script.nic) + "/hotplug-status") != "connected")
    progress_.warning(name + " has not written hotplug-status = connected to xenstore, without " +
                      "which the guest's Xen driver cannot use network card " +
                      std::to_string(script.nic));
  return {};
}

}  // namespace xenlaunch
