#include "launcher/cli/output.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/shell_quote.h"
#include "base/size.h"
#include "launcher/cli/json_text.h"
#include "launcher/plan/primary_card.h"
#include "launcher/plan/qemu_cage.h"

namespace xenlaunch {
namespace {

// ordered: the keys come out as they are written here, in every run
using json = nlohmann::ordered_json;

json node_json(const Node& node, const std::string& domid) {
  const bool guest_owns =
      node.access == Access::guest_owns || node.access == Access::guest_owns_dom0_reads;
  json readers = json::array();
  if (node.access == Access::guest_reads) readers.push_back(domid);
  if (node.access == Access::guest_owns_dom0_reads) readers.push_back("0");
  return {{"path", node.path},
          {"value", node.value},
          {"owner", guest_owns ? json(domid) : json(0)},
          {"readers", readers}};
}

json optional_text(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

json primary_json(const std::optional<PrimaryCard>& card) {
  if (!card) return nullptr;
  return {{"guest_address", fmt::format("{:02x}.{}", card->slot, card->function)},
          {"address", card->host ? json(card->host->to_string()) : json(nullptr)}};
}

json disk_server_json(const LaunchPlan& plan, const Facts& facts) {
  const std::vector<std::string> argv = render_disk_server_argv(plan, facts);
  return argv.empty() ? json(nullptr) : json(argv);
}

std::string profile_name(DeviceModelProfile profile) {
  return profile == DeviceModelProfile::upstream ? "upstream" : "traditional";
}

}  // namespace

std::string format_argv(const LaunchPlan& plan, const Facts& facts) {
  return shell_line(render_argv(plan, facts)) + "\n";
}

/// "" where it is not.
std::string why_root(const LaunchPlan& plan) {
  if (plan.root_because.empty()) return {};
  return "     QEMU runs as root, because " + plan.root_because + "\n";
}

/// Where it stays root, that says why.
std::string why_unrestricted(const LaunchPlan& plan) {
  if (plan.unrestricted_because.empty() || !plan.root_because.empty()) return {};
  return "     QEMU reaches other domains, because " + plan.unrestricted_because + "\n";
}

std::string control_group(const LaunchPlan& plan) {
  if (!plan.no_group.because.empty())
    return "     QEMU has no control group of its own, because " + plan.no_group.because + "\n";
  return "     its control group can have " + describe_limits(limits_of(plan)) + "\n";
}

json limits_json(const LaunchPlan& plan) {
  if (!plan.no_group.because.empty()) return nullptr;
  const ResourceLimits limits = limits_of(plan);
  return {{"memory_mib", limits.memory_mib ? json(*limits.memory_mib) : json(nullptr)},
          {"tasks", limits.tasks},
          {"cpu_weight", limits.cpu_weight ? json(*limits.cpu_weight) : json(nullptr)}};
}

/// "" where there is none.
std::string disk_server(const LaunchPlan& plan, const Facts& facts) {
  const std::vector<std::string> argv = render_disk_server_argv(plan, facts);
  if (argv.empty()) return {};
  const bool is_root = plan.device_model.disk_server == DiskServer::root;
  return std::string{"     beside it, for the paravirtual disks"} +
         (is_root ? ", as root, because an image names other files: " : ": ") + shell_line(argv) +
         "\n";
}

std::string format_plan(const LaunchPlan& plan, const Facts& facts) {
  std::string text = fmt::format("{}: video card {}, because {}\n", plan.vm.name,
                                 to_string(plan.video.card), plan.video.because);
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const PciFunction& function = plan.devices[i].function;
    const PassthroughSpec& place = plan.device_model.passthrough[i];
    text += fmt::format("{}: {} [{}] class {}, driver {}{}: guest slot {:02x}.{}\n", plan.vm.name,
                        function.address.to_string(), function.id.to_string(),
                        function.class_text(), function.driver.value_or("none"),
                        plan.devices[i].integrated ? ", integrated GPU" : "", place.slot,
                        place.function);
  }
  const std::optional<PrimaryCard> primary = primary_card(plan);
  text += fmt::format("{}: primary card {}\n", plan.vm.name,
                      primary ? to_string(*primary) : "none, or not known");
  text += fmt::format("{}: {} of memory, {} of it video memory\n", plan.vm.name,
                      format_mib(plan.domain.memory_mib), format_mib(plan.domain.videoram_mib));
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    text += fmt::format("{:3}. {}\n", i + 1, step.action);
    if (!step.undo.label.empty()) text += fmt::format("     undo: {}\n", step.undo.label);
    if (step.kind == StepKind::start_device_model)
      text += "     " + format_argv(plan, facts) + "     QEMU is " +
              describe_confinement(planned_confinement(plan)) + "\n" + why_root(plan) +
              why_unrestricted(plan) + control_group(plan) + disk_server(plan, facts);
  }
  return text;
}

std::string format_json(const LaunchPlan& plan, const Facts& facts) {
  json document{{"vm", plan.vm.name},
                {"video_card",
                 {{"type", to_string(plan.video.card)},
                  {"because", plan.video.because},
                  {"primary", primary_json(primary_card(plan))}}},
                {"memory_mib", plan.domain.memory_mib},
                {"videoram_mib", plan.domain.videoram_mib},
                {"pci", json::array()},
                {"device_model",
                 {{"profile", profile_name(plan.vm.device_model.profile)},
                  {"confinement", planned_confinement(plan)},
                  {"user", plan.device_model.users ? "own" : "root"},
                  {"root_because", optional_text(plan.root_because)},
                  {"unrestricted_because", optional_text(plan.unrestricted_because)},
                  {"limits", limits_json(plan)},
                  {"no_group_because", optional_text(plan.no_group.because)},
                  {"argv", render_argv(plan, facts)},
                  {"disk_server_argv", disk_server_json(plan, facts)}}},
                {"xenstore", json::array()},
                {"steps", json::array()}};
  for (const PlannedDevice& device : plan.devices)
    document["pci"].push_back(pci_json(device.function, device.integrated));
  for (const Node& node : render_xenstore(plan, facts))
    document["xenstore"].push_back(node_json(node, facts.domid));
  for (const Step& step : plan.steps)
    document["steps"].push_back({{"do", step.action}, {"undo", optional_text(step.undo.label)}});
  return json_text(document);
}

}  // namespace xenlaunch
