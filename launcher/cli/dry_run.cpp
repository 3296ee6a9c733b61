// run --dry-run.
#include <ostream>

#include "base/error.h"
#include "launcher/boot/host_boot.h"
#include "launcher/checks/file_checks.h"
#include "launcher/checks/nic_checks.h"
#include "launcher/checks/preflight.h"
#include "launcher/checks/qemu_findings.h"
#include "launcher/checks/start_checks.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/output.h"
#include "launcher/run/settle_devices.h"
#include "launcher/run/vm_request.h"

namespace xenlaunch {
namespace {

enum class DryRunFormat { argv, plan, json };

DryRunFormat dry_run_format(const Options& options) {
  if (options.json && !options.format.empty() && options.format != "json")
    throw Error{ExitCode::usage,
                "cannot print --format=" + options.format + " as --json: choose one of them"};
  if (options.json || options.format == "json") return DryRunFormat::json;
  return options.format == "plan" ? DryRunFormat::plan : DryRunFormat::argv;
}

/// What a dry run cannot know here, and what it knows would stop a start, for stderr.
void tell_unknown(const PlannedVm& planned, const HostSettings& settings, const Options& options,
                  const ThisHost& host, Progress& progress) {
  const LaunchPlan& plan = planned.plan;
  if (!options.domid)
    progress.info("note: DOMID stands in for the domain's id, which Xen chooses at the start");
  try {
    const std::unique_ptr<Hypervisor> xen =
        passes_a_gpu(plan) ? connect_where_xen_runs(options.root, host) : nullptr;
    for (const Finding& finding :
         check_devices_below(plan, options.root, planned.pci, settings, xen.get()))
      if (belongs_to_refusal(finding))
        progress.info("note: a start would be refused: " + as_refusal(finding));
  } catch (const Error& error) {
    progress.info("note: whether dom0 needs a GPU itself is not known: " +
                  std::string{error.what()});
  }
  for (const Finding& finding : plan.left_out)
    progress.info("note: left out: " + as_warning(finding));
  const auto tell = [&progress](const std::vector<Finding>& findings) {
    for (const Finding& finding : findings)
      progress.info(blocks(finding)
                        ? "note: on this machine a start would fail: " + as_refusal(finding)
                        : "note: " + as_warning(finding));
  };
  tell(qemu_findings(plan));
  if (options.root != "/") return;
  tell(check_files(plan, settings.trusted_folders));
  tell(nic_findings(plan.nics, read_nic_facts(plan.nics, "/", settings.trusted_folders)));
}

/// What would be done, as text for stdout.
std::string dry_run(const LaunchPlan& plan, DryRunFormat format,
                    const std::optional<unsigned>& domid) {
  Facts facts;
  if (domid) facts.domid = std::to_string(*domid);
  if (plan.vm.uuid) facts.uuid = *plan.vm.uuid;
  switch (format) {
    case DryRunFormat::argv:
      return format_argv(plan, facts);
    case DryRunFormat::plan:
      return format_plan(plan, facts);
    case DryRunFormat::json:
      break;
  }
  return format_json(plan, facts);
}

}  // namespace

ExitCode dry_run_command(const Options& options, const ThisHost& host, std::ostream& out,
                         Progress& progress) {
  const HostSettings settings = host_settings(options);
  const VmRequest request = read_vm_request(options.vm_file, {.leave_paused = options.paused});
  // That program is run, to ask what it can.
  if (request.vm.device_model.path) require_trusted_vm_file(options, settings);
  const DryRunFormat format = dry_run_format(options);
  const SettledVm settled =
      settle_devices(request.vm, host, options.root, settings, nullptr, progress);
  const PlannedVm planned = plan_vm(settled.vm, settled.choice.left_out, options.root, settings,
                                    request.mode, {.path = host.directories.qemu_answers()});
  for (const std::string& chosen : what_was_chosen(request.vm, settled.choice))
    progress.info("note: " + chosen + ", which a start may choose otherwise");
  tell_unknown(planned, settings, options, host, progress);
  out << dry_run(planned.plan, format, options.domid);
  return ExitCode::done;
}

}  // namespace xenlaunch
