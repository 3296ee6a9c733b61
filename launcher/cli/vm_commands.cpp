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
void tell_unknown(const LaunchPlan& plan, const HostSettings& settings, const Options& options,
                  Progress& progress) {
  if (!options.domid)
    progress.info("note: DOMID stands in for the domain's id, which Xen chooses at the start");
  try {
    if (passes_a_gpu(plan)) {
      const std::unique_ptr<Hypervisor> xen = connect_where_xen_runs(options.root);
      for (const Problem& problem : check_gpus_below(plan, options.root, settings, xen.get()))
        progress.info("note: a start would be refused: " + problem.text);
    }
  } catch (const Error& error) {
    progress.info("note: whether dom0 needs a GPU itself is not known: " +
                  std::string{error.what()});
  }
  if (options.root != "/") return;
  for (const Problem& problem : check_files(plan))
    progress.info("note: on this machine a start would fail: " + problem.text);
}

}  // namespace

ExitCode dry_run_command(const Options& options, std::ostream& out, Progress& progress) {
  const HostSettings settings = host_settings(options);
  const LaunchPlan plan =
      read_vm_request(options.vm_file, options.root, settings, {.leave_paused = options.paused})
          .plan;
  const DryRunFormat format = dry_run_format(options);
  tell_unknown(plan, settings, options, progress);
  out << dry_run(plan, format, options.domid);
  return ExitCode::done;
}

ExitCode check_command(const Options& options, std::ostream& out, Progress& /*progress*/) {
  nlohmann::ordered_json document{{"vm_file", options.vm_file},
                                  {"problems", nlohmann::ordered_json::array()}};
  ExitCode code = ExitCode::done;
  try {
    const HostSettings settings = host_settings(options);
    const VmRequest request = read_vm_request(options.vm_file, options.root, settings);
    check_vm(request.plan, request.pci, options.root, settings);
  } catch (const Error& error) {
    if (!options.json) throw;
    code = error.code;
    std::istringstream lines{error.what()};
    for (std::string line; std::getline(lines, line);) document["problems"].push_back(line);
  }
  if (options.json)
    out << json_text(document);
  else
    out << options.vm_file
        << (options.root == "/" ? ": nothing stands in the way\n"
                                : ": nothing stands in the way that the files below " +
                                      options.root + " could tell\n");
  return code;
}

}  // namespace xenlaunch
