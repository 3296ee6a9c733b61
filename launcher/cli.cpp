#include "launcher/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <ostream>

#include "launcher/base/error.h"
#include "launcher/commands.h"
#include "launcher/terminal.h"
#include "launcher/version.h"

namespace xenlaunch {
namespace {

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
                  "read /sys, /proc, /dev/vga_arbiter and the boot configuration below DIR: a copy "
                  "of another "
                  "host's files")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
}

/// What run and start have in common.
CLI::App* add_start_of(CLI::App& app, const char* name, const char* help, Options& options) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("VM.yaml", options.vm_file, "the VM file")->required();
  command
      ->add_option("--ready-timeout", options.ready_timeout,
                   "how long QEMU may take until it is ready, in seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 3600U))
      ->capture_default_str();
  command
      ->add_option(
          "--events", options.events,
          "tell of every step and state, a JSON object a line: the number of a descriptor, "
          "or a path")
      ->type_name("FD|PATH");
  add_common(*command, options);
  return command;
}

void add_paused(CLI::App& command, Options& options) {
  command.add_flag("--paused", options.paused,
                   "everything but letting the guest run; `xenlaunch unpause NAME` does that");
}

CLI::App* add_run(CLI::App& app, Options& options) {
  CLI::App* run = add_start_of(app, "run", "start the VM and stay with it until it ends", options);
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
  add_paused(*run, options);
  return run;
}

CLI::App* add_start(CLI::App& app, Options& options) {
  CLI::App* start = add_start_of(
      app, "start", "start the VM, and leave a process behind that looks after it", options);
  add_paused(*start, options);
  return start;
}

CLI::App* add_attach(CLI::App& app, Options& options) {
  CLI::App* attach = add_start_of(app, "attach",
                                  "give a domain that a toolstack has built and left paused its "
                                  "devices and QEMU, and stay with "
                                  "them; the domain stays the toolstack's",
                                  options);
  attach->add_option("--domid", options.domid, "the domain")
      ->required()
      ->check(CLI::Range(1U, 32751U));
  attach->add_flag("--unpause", options.unpause, "let the guest run");
  return attach;
}

CLI::App* add_for_vm(CLI::App& app, const char* name, const char* help, Options& options) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("NAME", options.vm, "the VM's name")->required();
  add_common(*command, options);
  return command;
}

void add_patience(CLI::App& command, const char* otherwise, Options& options) {
  command.add_option("--timeout", options.timeout, "how long the guest may take, in seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(0U, 86400U))
      ->capture_default_str();
  command.add_flag("!--no-force", options.force, otherwise);
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

using Run = ExitCode (*)(const Options&, std::ostream&, Progress&);

struct Command {
  const CLI::App* app;
  Run run;
};

CLI::App* add_list(CLI::App& parent, const char* help, Options& options) {
  CLI::App* list = parent.add_subcommand("list", help);
  add_common(*list, options);
  return list;
}

void add_pci(CLI::App& app, Options& options, std::vector<Command>& commands) {
  CLI::App* pci = app.add_subcommand("pci", "the host's PCI functions, and their drivers");
  pci->require_subcommand(1);
  commands.push_back(
      {add_list(*pci, "address, ids, class, driver, reset methods, the VM that has it", options),
       pci_list_command});
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* command = pci->add_subcommand(name, help);
    command->add_option("BDF", options.bdf, "the function's PCI address, as 0000:65:00.0")
        ->required();
    add_common(*command, options);
    commands.push_back({command, run});
  };
  add("assign", "take the function from its driver to pciback, ready for a VM", pci_assign_command);
  add("restore", "take the function from pciback back to the driver it had", pci_restore_command);
}

void add_gpu(CLI::App& app, Options& options, std::vector<Command>& commands) {
  CLI::App* gpu = app.add_subcommand("gpu", "the host's GPUs, and who may use them");
  gpu->require_subcommand(1);
  commands.push_back(
      {add_list(*gpu, "what each GPU is, whether it can be passed, and why not", options),
       gpu_list_command});
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* command = gpu->add_subcommand(name, help);
    command->add_option("BDF", options.bdf, "the GPU's PCI address, as 0000:00:02.0")->required();
    add_common(*command, options);
    commands.push_back({command, run});
  };
  add("disable-dom0-access", "keep the GPU from dom0 from the next boot on; prints the new state",
      gpu_disable_dom0_access_command);
  add("enable-dom0-access", "give the GPU back to dom0 at the next boot; prints the new state",
      gpu_enable_dom0_access_command);
}

void add_host(CLI::App& app, Options& options, std::vector<Command>& commands) {
  CLI::App* host = app.add_subcommand("host", "the host's display, and whether it can pass a GPU");
  host->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* command = host->add_subcommand(name, help);
    add_common(*command, options);
    commands.push_back({command, run});
  };
  add("display", "whether Xen and dom0 have their consoles on the system display device",
      host_display_command);
  add("disable-display", "take both consoles from it at the next boot; prints the new state",
      host_disable_display_command);
  add("enable-display", "put both consoles back on it at the next boot; prints the new state",
      host_enable_display_command);
  add("doctor", "can this host pass a GPU? what stands in the way, and what to do about it",
      host_doctor_command);
}

void add_life(CLI::App& app, Options& options, std::vector<Command>& commands) {
  commands.push_back(
      {add_list(app, "the VMs that xenlaunch has, and how they are", options), list_command});
  const auto add = [&](const char* name, const char* help, Run run) {
    commands.push_back({add_for_vm(app, name, help, options), run});
    return app.get_subcommand(name);
  };
  add("status", "one VM: state, domain, devices, launcher, log", status_command);
  add_patience(
      *add("stop", "ask the guest to power off, and destroy it if it does not", stop_command),
      "give up instead of destroying it then", options);
  add_patience(
      *add("reboot", "ask the guest to reboot, and reset it if it does not", reboot_command),
      "give up instead of resetting it then", options);
  add("destroy", "end the VM at once", destroy_command);
  add("unpause", "let a guest run that was started with --paused", unpause_command);
  add("console", "the guest's console, on this terminal; Ctrl-] leaves it", console_command);
  add("logs", "what QEMU and the launcher said", logs_command)
      ->add_option("-n,--lines", options.lines, "only the last ones")
      ->type_name("COUNT");
  CLI::App* recover = app.add_subcommand(
      "recover",
      "look after the VMs whose launcher was killed: those that run get one again, what the others "
      "had taken is given back");
  recover->add_option("NAME", options.vm, "only this VM");
  add_common(*recover, options);
  commands.push_back({recover, recover_command});
}

std::vector<Command> add_commands(CLI::App& app, Options& options) {
  std::vector<Command> commands;
  commands.push_back({add_run(app, options), run_command});
  commands.push_back({add_start(app, options), start_command});
  commands.push_back({add_attach(app, options), attach_command});
  CLI::App* check = app.add_subcommand(
      "check", "everything that can be wrong with the VM file and with this host");
  check->add_option("VM.yaml", options.vm_file, "the VM file")->required();
  add_common(*check, options);
  commands.push_back({check, check_command});
  add_life(app, options, commands);
  add_pci(app, options, commands);
  add_gpu(app, options, commands);
  add_host(app, options, commands);
  return commands;
}

ExitCode dispatch(const std::vector<std::string>& args, Options& options, std::ostream& out,
                  std::ostream& err, TerminalProgress& progress) {
  CLI::App app{"xenlaunch starts one Xen VM with a real graphics card and gives everything back",
               "xenlaunch"};
  app.set_version_flag("--version", std::string{"xenlaunch "} + version);
  app.require_subcommand(1);
  app.footer(footer);
  const std::vector<Command> commands = add_commands(app, options);
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
  const auto chosen =
      std::ranges::find_if(commands, [](const Command& command) { return command.app->parsed(); });
  return chosen->run(options, out, progress);
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
