#include "launcher/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <sstream>

#include "launcher/base/error.h"
#include "launcher/host/host_reader.h"
#include "launcher/output.h"
#include "launcher/plan/steps.h"
#include "launcher/preflight.h"
#include "launcher/run_command.h"
#include "launcher/terminal.h"
#include "launcher/version.h"

namespace xenlaunch {
namespace {

struct Options {
  bool quiet = false;
  bool verbose = false;
  bool json = false;
  bool dry_run = false;
  bool paused = false;
  std::string format;
  std::string root = "/";
  std::string vm_file;
  std::optional<unsigned> domid;
  unsigned ready_timeout = 60;
};

constexpr const char* footer =
    "Results go to stdout, messages to stderr.\n"
    "Exit status: 0 done, 1 internal bug, 2 usage, 3 VM file, 4 host, 5 Xen, 6 xenstore, 7 device "
    "model,\n"
    "8 host left changed, 32 guest asked for a reboot (on_reboot: destroy), 33 guest crashed,\n"
    "130 stopped by a signal before the guest ran.";

void add_common(CLI::App& command, Options& options) {
  command.add_flag("-q,--quiet", options.quiet, "warnings and errors only");
  command.add_flag("-v,--verbose", options.verbose, "every step");
  command.add_flag("--json", options.json, "one JSON document on stdout");
  command
      .add_option("--root", options.root,
                  "read /sys below DIR: plan for another host from a copy of its files")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
}

CLI::App* add_run(CLI::App& app, Options& options) {
  CLI::App* run = app.add_subcommand("run", "start the VM and stay with it until it ends");
  run->add_option("VM.yaml", options.vm_file, "the VM file")->required();
  run->add_flag("--dry-run", options.dry_run,
                "print what would be done; needs no Xen, touches nothing");
  run->add_option("--format", options.format,
                  "of a dry run: argv (QEMU's command line, the default), plan (every step and its "
                  "undo), json")
      ->check(CLI::IsMember({"argv", "plan", "json"}))
      ->needs("--dry-run");
  run->add_option("--domid", options.domid,
                  "of a dry run: the domain id, in place of the word DOMID")
      ->check(CLI::Range(1U, 32751U))
      ->needs("--dry-run");
  run->add_flag("--paused", options.paused,
                "everything but letting the guest run; `xl unpause NAME` does that");
  run->add_option("--ready-timeout", options.ready_timeout,
                  "how long QEMU may take until it is ready, in seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 3600U))
      ->capture_default_str();
  add_common(*run, options);
  return run;
}

DryRunFormat dry_run_format(const Options& options) {
  if (options.json && !options.format.empty() && options.format != "json")
    throw Error{ExitCode::usage,
                "cannot print --format=" + options.format + " as --json: choose one of them"};
  if (options.json || options.format == "json") return DryRunFormat::json;
  return options.format == "plan" ? DryRunFormat::plan : DryRunFormat::argv;
}

/// What a dry run cannot know here, for stderr.
void tell_unknown(const LaunchPlan& plan, const Options& options, TerminalProgress& progress) {
  if (!options.domid)
    progress.info("note: DOMID stands in for the domain's id, which Xen chooses at the start");
  if (options.root != "/") return;
  for (const Problem& problem : check_files(plan))
    progress.info("note: on this machine a start would fail: " + problem.text);
}

ExitCode run_command(const Options& options, std::ostream& out, TerminalProgress& progress) {
  LaunchPlan plan = plan_vm(options.vm_file, options.root, {});
  if (options.paused) leave_paused(plan);
  if (options.dry_run) {
    const DryRunFormat format = dry_run_format(options);
    tell_unknown(plan, options, progress);
    out << dry_run(plan, format, options.domid);
    return ExitCode::done;
  }
  progress.info(plan.vm.name + ": video card " + to_string(plan.video.card) + ", because " +
                plan.video.because);
  LaunchSettings settings;
  settings.ready_timeout = std::chrono::seconds{options.ready_timeout};
  const ExitCode code = run_vm(plan, settings, progress);
  if (options.json)
    out << nlohmann::ordered_json{{"vm", plan.vm.name}, {"exit_status", static_cast<int>(code)}}
               .dump(2)
        << '\n';
  return code;
}

ExitCode check_command(const Options& options, std::ostream& out) {
  nlohmann::ordered_json document{{"vm_file", options.vm_file},
                                  {"problems", nlohmann::ordered_json::array()}};
  ExitCode code = ExitCode::done;
  try {
    const LaunchPlan plan = plan_vm(options.vm_file, options.root, {});
    check_vm(plan, options.root);
  } catch (const Error& error) {
    if (!options.json) throw;
    code = error.code;
    std::istringstream lines{error.what()};
    for (std::string line; std::getline(lines, line);) document["problems"].push_back(line);
  }
  if (options.json)
    out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  else
    out << options.vm_file
        << (options.root == "/" ? ": nothing stands in the way\n"
                                : ": nothing stands in the way that the files below " +
                                      options.root + " could tell\n");
  return code;
}

ExitCode pci_list_command(const Options& options, std::ostream& out) {
  const HostPci host = read_host_pci(options.root);
  out << (options.json ? format_pci_list_json(host, HostSettings{}.integrated_vendors)
                       : format_pci_list(host));
  return ExitCode::done;
}

/// What is wrong with a command line. Where the command is not known CLI11 says only that one is
/// required.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string name = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
  }
  std::string problem = error.what();
  const std::vector<const CLI::App*> known = command->get_subcommands({});
  if (!known.empty()) {
    const std::vector<std::string> unknown = command->remaining();
    problem = unknown.empty() ? "no command is given" : "'" + unknown.front() + "' is not known";
    problem += "; " + name + " has the commands";
    for (const CLI::App* one : known)
      problem += (one == known.front() ? " " : ", ") + one->get_name();
  }
  return problem + "; see " + name + " --help";
}

ExitCode dispatch(const std::vector<std::string>& args, Options& options, std::ostream& out,
                  std::ostream& err, TerminalProgress& progress) {
  CLI::App app{"xenlaunch starts one Xen VM with a real graphics card and gives everything back",
               "xenlaunch"};
  app.set_version_flag("--version", std::string{"xenlaunch "} + version);
  app.require_subcommand(1);
  app.footer(footer);
  const CLI::App* run = add_run(app, options);
  CLI::App* check = app.add_subcommand(
      "check", "everything that can be wrong with the VM file and with this host");
  check->add_option("VM.yaml", options.vm_file, "the VM file")->required();
  add_common(*check, options);
  CLI::App* pci = app.add_subcommand("pci", "the host's PCI functions");
  pci->require_subcommand(1);
  CLI::App* list = pci->add_subcommand("list", "address, ids, class, driver, reset methods");
  add_common(*list, options);
  try {
    app.parse(
        std::vector<std::string>{args.rbegin(), args.rend()});  // CLI11 takes them from the back
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      app.exit(error, out, err);
      return ExitCode::done;
    }
    if (args.empty()) {
      err << app.help();
      return ExitCode::usage;
    }
    throw Error{ExitCode::usage, usage_problem(app, error)};
  }
  progress.set_verbosity(options.quiet     ? Verbosity::quiet
                         : options.verbose ? Verbosity::verbose
                                           : Verbosity::normal);
  if (run->parsed() && options.root != "/" && !options.dry_run)
    throw Error{ExitCode::usage,
                "cannot start a VM on the host below --root: it is a copy; add --dry-run"};
  if (run->parsed()) return run_command(options, out, progress);
  if (check->parsed()) return check_command(options, out);
  return pci_list_command(options, out);
}

}  // namespace

int run_program(const std::vector<std::string>& args, std::ostream& out,
                std::ostream& err) noexcept {
  TerminalProgress progress{err, ::isatty(STDERR_FILENO) == 1};
  Options options;
  try {
    return static_cast<int>(dispatch(args, options, out, err, progress));
  } catch (const Error& error) {
    progress.error(error.what());
    return static_cast<int>(error.code);
  } catch (const std::exception& error) {
    progress.internal_error(error.what());
    return static_cast<int>(ExitCode::internal);
  }
}

}  // namespace xenlaunch
