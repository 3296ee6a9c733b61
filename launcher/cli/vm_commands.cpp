// check, and the dry run of run.
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "base/error.h"
#include "launcher/boot/host_boot.h"
#include "launcher/checks/preflight.h"
#include "launcher/checks/start_checks.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/dry_run.h"
#include "launcher/cli/finding_json.h"
#include "launcher/cli/json_text.h"
#include "launcher/run/vm_request.h"

namespace xenlaunch {
namespace {

DryRunFormat dry_run_format(const Options& options) {
  if (options.json && !options.format.empty() && options.format != "json")
    throw Error{ExitCode::usage,
                "cannot print --format=" + options.format + " as --json: choose one of them"};
  if (options.json || options.format == "json") return DryRunFormat::json;
  return options.format == "plan" ? DryRunFormat::plan : DryRunFormat::argv;
}

/// What a dry run cannot know here, and what it knows would stop a start, for stderr.
void tell_unknown(const VmRequest& request, const HostSettings& settings, const Options& options,
                  const ThisHost& host, Progress& progress) {
  const LaunchPlan& plan = request.plan;
  if (!options.domid)
    progress.info("note: DOMID stands in for the domain's id, which Xen chooses at the start");
  try {
    const std::unique_ptr<Hypervisor> xen =
        passes_a_gpu(plan) ? connect_where_xen_runs(options.root, host) : nullptr;
    for (const Finding& finding :
         check_devices_below(plan, options.root, request.pci, settings, xen.get()))
      if (finding.severity != Severity::warns)
        progress.info("note: a start would be refused: " + as_refusal(finding));
  } catch (const Error& error) {
    progress.info("note: whether dom0 needs a GPU itself is not known: " +
                  std::string{error.what()});
  }
  if (options.root != "/") return;
  for (const Finding& finding : check_files(plan))
    progress.info("note: on this machine a start would fail: " + as_refusal(finding));
}

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
};

Checked check(const Options& options, const ThisHost& host) {
  Checked checked;
  try {
    const HostSettings settings = host_settings(options);
    const VmRequest request = read_vm_request(options.vm_file, options.root, settings);
    checked.findings = check_vm(host, request.plan, options.root, settings);
    refuse(checked.findings);
  } catch (const Refused& refused) {
    if (!options.json) throw;
    checked = {refused.code, refused.findings};
  } catch (const Error& error) {
    if (!options.json) throw;
    checked = {error.code, findings_of(error, options.vm_file)};
  }
  return checked;
}

}  // namespace

ExitCode dry_run_command(const Options& options, const ThisHost& host, std::ostream& out,
                         Progress& progress) {
  const HostSettings settings = host_settings(options);
  const VmRequest request =
      read_vm_request(options.vm_file, options.root, settings, {.leave_paused = options.paused});
  const DryRunFormat format = dry_run_format(options);
  tell_unknown(request, settings, options, host, progress);
  out << dry_run(request.plan, format, options.domid);
  return ExitCode::done;
}

ExitCode check_command(const Options& options, const ThisHost& host, std::ostream& out,
                       Progress& /*progress*/) {
  const Checked checked = check(options, host);
  if (options.json) {
    nlohmann::ordered_json document{{"vm_file", options.vm_file},
                                    {"problems", nlohmann::ordered_json::array()},
                                    {"findings", findings_json(checked.findings)}};
    if (checked.code != ExitCode::done)
      for (const Finding& finding : checked.findings)
        if (finding.severity != Severity::warns)
          document["problems"].push_back(as_refusal(finding));
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
