#include <nlohmann/json.hpp>
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
  ExitCode code = ExitCode::done;
  std::vector<Finding> findings;
  std::map<std::size_t, PciFunction> chosen{};
};

nlohmann::ordered_json chosen_json(const std::map<std::size_t, PciFunction>& chosen) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [index, function] : chosen)
    list.push_back({{"pci", index}, {"address", function.address.to_string()}});
  return list;
}

Checked check(const Options& options, const ThisHost& host, Progress& progress) {
  Checked checked;
  try {
    const HostSettings settings = host_settings(options);
    const VmRequest request = read_vm_request(options.vm_file);
    const SettledVm settled =
        settle_devices(request.vm, host, options.root, settings, nullptr, progress);
    checked.chosen = settled.choice.selected;
    const PlannedVm planned =
        plan_vm(settled.vm, settled.choice.left_out, options.root, settings, request.mode);
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

}  // namespace

ExitCode check_command(const Options& options, const ThisHost& host, std::ostream& out,
                       Progress& progress) {
  const Checked checked = check(options, host, progress);
  if (options.json) {
    nlohmann::ordered_json document{{"vm_file", options.vm_file},
                                    {"problems", nlohmann::ordered_json::array()},
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
