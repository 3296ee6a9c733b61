#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <sstream>

#include "base/error.h"
#include "launcher/checks/start_checks.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/finding_json.h"
#include "launcher/cli/json_text.h"
#include "launcher/run/settle_devices.h"
#include "launcher/run/vm_request.h"

namespace xenlaunch {
namespace {

using nlohmann::ordered_json;

/// What of an Error that tells no parts is known: a finding for each of its lines.
std::vector<Finding> findings_of(const Error& error, const std::string& vm_file) {
  const bool vm_file_is_wrong = error.code == ExitCode::vm_file;
  std::vector<Finding> findings;
  std::istringstream lines{error.what()};
  for (std::string line; std::getline(lines, line);)
    findings.push_back(
        {vm_file_is_wrong ? FindingCode::vm_file_wrong : FindingCode::host_unreadable,
         vm_file_is_wrong ? vm_file : "host", line, ""});
  return findings;
}

struct Checked {
  std::optional<VmConfig> vm;  ///< where the VM file could be read
  ExitCode code = ExitCode::done;
  std::vector<Finding> findings;
  std::map<std::size_t, PciFunction> chosen{};
};

ordered_json chosen_json(const std::map<std::size_t, PciFunction>& chosen) {
  ordered_json list = ordered_json::array();
  for (const auto& [index, function] : chosen)
    list.push_back({{"pci", index}, {"address", function.address.to_string()}});
  return list;
}

Checked check(const Options& options, const ThisHost& host, Progress& progress) {
  Checked checked;
  try {
    const VmRequest request = read_vm_request(options.vm_file);
    checked.vm = request.vm;
    const HostSettings settings = host_settings(options);
    require_trusted_vm_file(options, settings);
    const SettledVm settled =
        settle_devices(request.vm, host, options.root, settings, nullptr, progress);
    checked.chosen = settled.choice.selected;
    const PlannedVm planned = plan_vm(settled.vm, settled.choice.left_out, options.root, settings,
                                      request.mode, {.path = host.directories.qemu_answers()});
    if (!options.json)
      for (const std::string& chosen : what_was_chosen(request.vm, settled.choice))
        progress.info(chosen);
    checked.findings = check_vm(host, planned.plan, planned.pci, options.root, settings);
    refuse(checked.findings);
    if (!options.json) tell_warnings(checked.findings, progress);
  } catch (const Refused& refused) {
    if (!options.json) throw;
    checked.code = refused.code;
    checked.findings = refused.findings;
  } catch (const Error& error) {
    if (!options.json) throw;
    checked.code = error.code;
    checked.findings = findings_of(error, options.vm_file);
  }
  return checked;
}

/// What the VM file asks for, whatever this host has.
ordered_json pci_of(const VmConfig& vm) {
  ordered_json devices = ordered_json::array();
  for (const PciDeviceConfig& device : vm.pci) {
    const std::optional<PciId>& id = device.select ? device.select->id : device.expect;
    devices.push_back({{"address", device.select ? ordered_json(nullptr)
                                                 : ordered_json(device.address.to_string())},
                       {"id", id ? ordered_json(id->to_string()) : ordered_json(nullptr)}});
  }
  return devices;
}

}  // namespace

ExitCode check_command(const Options& options, const ThisHost& host, std::ostream& out,
                       Progress& progress) {
  const Checked checked = check(options, host, progress);
  if (options.json) {
    ordered_json document{
        {"vm_file", options.vm_file},
        {"vm", checked.vm ? ordered_json(checked.vm->name) : ordered_json(nullptr)},
        {"pci", checked.vm ? pci_of(*checked.vm) : ordered_json(nullptr)},
        {"problems", ordered_json::array()},
        {"findings", findings_json(checked.findings)},
        {"chosen", chosen_json(checked.chosen)}};
    if (checked.code != ExitCode::done)
      for (const Finding& finding : checked.findings)
        if (belongs_to_refusal(finding)) document["problems"].push_back(as_refusal(finding));
    out << json_text(document);
  } else {
    out << options.vm_file
        << (options.root == "/" ? ": nothing stands in the way\n"
                                : ": nothing stands in the way that the files below " +
                                      options.root + " could tell\n");
  }
  return checked.code;
}

}  // namespace xenlaunch
