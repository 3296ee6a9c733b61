// The commands, their options and their help.
#include "launcher/cli/command_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "base/version.h"

namespace xenlaunch {
namespace {

/// As CLI::Range, whose words depend on CLI11's version.
CLI::Validator between(unsigned low, unsigned high) {
  const std::string range = std::to_string(low) + " to " + std::to_string(high);
  return {[=](const std::string& text) -> std::string {
            unsigned value = 0;
            const char* end = text.data() + text.size();
            const auto [rest, error] = std::from_chars(text.data(), end, value);
            if (error == std::errc{} && rest == end && low <= value && value <= high) return {};
            return "expected " + range + ", not '" + excerpt(text) + "'";
          },
          range};
}

void add_common(CLI::App& command, Options& options) {
  command.add_flag("-q,--quiet", options.quiet, "warnings and errors only");
  command.add_flag("-v,--verbose", options.verbose, "every step");
  command.add_flag("--json", options.json, "one JSON document on stdout");
  command
      .add_option("--root", options.root,
                  "read /sys, /proc, /dev/vga_arbiter and the boot configuration below DIR: a copy "
                  "of another host's files")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
}

CLI::App& add_command(CLI::App& app, const char* name, const char* help, CommandFunction* run,
                      Commands& commands) {
  commands.emplace_back(app.add_subcommand(name, help), run);
  return *commands.back().first;
}

/// What run, start and attach have in common.
CLI::App& add_start_of(CLI::App& app, const char* name, const char* help, Options& options,
                       CommandFunction* run, Commands& commands) {
  CLI::App& command = add_command(app, name, help, run, commands);
  command.add_option("VM.yaml", options.vm_file, "the VM file")->required();
  command
      .add_option("--ready-timeout", options.ready_timeout,
                  "how long QEMU may take until it is ready, in seconds")
      ->type_name("SECONDS")
      ->check(between(1, 3600))
      ->capture_default_str();
  command
      .add_option("--events", options.events,
                  "tell of every step and state, a JSON object a line: the number of a descriptor, "
                  "or a path")
      ->type_name("FD|PATH");
  return command;
}

void add_paused(CLI::App& command, Options& options) {
  command.add_flag("--paused", options.paused,
                   "everything but letting the guest run; `xenlaunch unpause NAME` does that");
}

CLI::Option& add_domid(CLI::App& command, Options& options, const char* help) {
  return *command.add_option("--domid", options.domid, help)->check(between(1, 32751));
}

void add_run(const char* name, CLI::App& app, Options& options, Commands& commands) {
  CLI::App& run = add_start_of(app, name, "start the VM and stay with it until it ends", options,
                               run_command, commands);
  run.add_flag("--dry-run", options.dry_run,
               "print what would be done; needs no Xen, touches nothing");
  run.add_option("--format", options.format,
                 "of a dry run: argv (QEMU's command line, the default), plan (every step and its "
                 "undo), json")
      ->check(CLI::IsMember({"argv", "plan", "json"}))
      ->needs("--dry-run");
  add_domid(run, options, "of a dry run: the domain id, in place of the word DOMID")
      .needs("--dry-run");
  add_paused(run, options);
}

void add_start(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_paused(add_start_of(app, name, "start the VM, and leave a process behind that looks after it",
                          options, start_command, commands),
             options);
}

void add_attach(const char* name, CLI::App& app, Options& options, Commands& commands) {
  CLI::App& attach = add_start_of(app, name,
                                  "give a domain that a toolstack has built and left paused its "
                                  "devices and QEMU, and stay with them; the domain stays the "
                                  "toolstack's",
                                  options, attach_command, commands);
  add_domid(attach, options, "the domain").required();
  attach.add_flag("--unpause", options.unpause, "let the guest run");
}

void add_check(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_command(app, name, "everything that can be wrong with the VM file and with this host",
              check_command, commands)
      .add_option("VM.yaml", options.vm_file, "the VM file")
      ->required();
}

void add_import(const char* name, CLI::App& app, Options& options, Commands& commands) {
  CLI::App& import = add_command(app, name, "make a VM file, on stdout, of a configuration of xl's",
                                 import_command, commands);
  import.add_option("VM.cfg", options.xl_file, "xl's configuration")->required();
  import.add_flag("--check", options.check_import,
                  "tell what becomes of each key instead; with --json as an array");
}

void add_list(const char* name, CLI::App& app, Options& /*options*/, Commands& commands) {
  add_command(app, name, "the VMs that xenlaunch has, and how they are", list_command, commands);
}

CLI::App& add_for_vm(CLI::App& app, const char* name, const char* help, Options& options,
                     CommandFunction* run, Commands& commands) {
  CLI::App& command = add_command(app, name, help, run, commands);
  command.add_option("NAME", options.vm, "the VM's name")->required()->check(refuse_vm_name);
  return command;
}

void add_status(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_for_vm(app, name, "one VM: state, domain, devices, launcher, log", options, status_command,
             commands);
}

void add_patience(CLI::App& command, const char* otherwise, Options& options) {
  command.add_option("--timeout", options.timeout, "how long the guest may take, in seconds")
      ->type_name("SECONDS")
      ->check(between(0, 86400))
      ->capture_default_str();
  command.add_flag_callback(
      "--no-force", [&options] { options.force = false; }, otherwise);
}

void add_stop(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_patience(add_for_vm(app, name, "ask the guest to power off, and destroy it if it does not",
                          options, stop_command, commands),
               "give up instead of destroying it then", options);
}

void add_reboot(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_patience(add_for_vm(app, name, "ask the guest to reboot, and reset it if it does not",
                          options, reboot_command, commands),
               "give up instead of resetting it then", options);
}

void add_destroy(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_for_vm(app, name, "end the VM at once", options, destroy_command, commands);
}

void add_unpause(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_for_vm(app, name, "let a guest run that was started with --paused", options, unpause_command,
             commands);
}

CLI::App& add_for_drive(CLI::App& group, const char* name, const char* help, Options& options,
                        CommandFunction* run, Commands& commands) {
  CLI::App& command = add_for_vm(group, name, help, options, run, commands);
  command.add_option("TARGET", options.target, "the drive, as the VM file has it: hdc")->required();
  command.add_flag("--force", options.force_tray, "open the tray even if the guest has it locked");
  return command;
}

void add_disk(const char* name, CLI::App& app, Options& options, Commands& commands) {
  CLI::App& disk = *app.add_subcommand(name, "what is in a VM's CD-ROM drives");
  disk.require_subcommand(1);
  add_for_drive(disk, "insert", "put an image into a CD-ROM drive while the VM runs", options,
                disk_insert_command, commands)
      .add_option("IMAGE", options.image, "an absolute path of a file or block device")
      ->required();
  add_for_drive(disk, "eject", "take out what is in a CD-ROM drive", options, disk_eject_command,
                commands);
}

void add_console(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_for_vm(app, name, "the guest's console, on this terminal; Ctrl-] leaves it", options,
             console_command, commands);
}

void add_logs(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_for_vm(app, name, "what QEMU and the launcher said", options, logs_command, commands)
      .add_option("-n,--lines", options.lines, "only the last ones")
      ->type_name("COUNT")
      ->check(CLI::PositiveNumber);
}

void add_screenshot(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_for_vm(app, name, "a picture of the guest's screen, as a PNG file", options,
             screenshot_command, commands)
      .add_option("FILE", options.picture, "the file to make")
      ->required();
}

void add_recover(const char* name, CLI::App& app, Options& options, Commands& commands) {
  add_command(app, name,
              "look after the VMs whose launcher was killed: those that run get one again, what "
              "the others had taken is given back",
              recover_command, commands)
      .add_option("NAME", options.vm, "only this VM")
      ->check(refuse_vm_name);
}

CLI::App& add_for_function(CLI::App& group, const char* name, const char* help,
                           const char* function, Options& options, CommandFunction* run,
                           Commands& commands) {
  CLI::App& command = add_command(group, name, help, run, commands);
  command.add_option("BDF", options.bdf, function)->required();
  return command;
}

void add_pci(const char* name, CLI::App& app, Options& options, Commands& commands) {
  CLI::App& pci = *app.add_subcommand(name, "the host's PCI functions, and their drivers");
  pci.require_subcommand(1);
  add_command(pci, "list", "address, ids, class, driver, reset methods, the VM that has it",
              pci_list_command, commands);
  const char* function = "the function's PCI address, as 0000:65:00.0";
  add_for_function(pci, "assign", "take the function from its driver to pciback, ready for a VM",
                   function, options, pci_assign_command, commands)
      .add_flag("--force", options.force_assign,
                "even if dom0 uses what is on it, unless that is its root file system");
  add_for_function(pci, "restore", "take the function from pciback back to the driver it had",
                   function, options, pci_restore_command, commands)
      .add_flag("--force", options.force_restore, "even if a guest had it and it cannot be reset");
}

void add_gpu(const char* name, CLI::App& app, Options& options, Commands& commands) {
  CLI::App& gpu = *app.add_subcommand(name, "the host's GPUs, and who may use them");
  gpu.require_subcommand(1);
  add_command(gpu, "list", "what each GPU is, whether it can be passed, and why not",
              gpu_list_command, commands);
  const char* function = "the GPU's PCI address, as 0000:00:02.0";
  add_for_function(gpu, "disable-dom0-access",
                   "keep the GPU from dom0 from the next boot on; prints the new state", function,
                   options, gpu_disable_dom0_access_command, commands);
  add_for_function(gpu, "enable-dom0-access",
                   "give the GPU back to dom0 at the next boot; prints the new state", function,
                   options, gpu_enable_dom0_access_command, commands);
}

void add_host(const char* name, CLI::App& app, Options& options, Commands& commands) {
  CLI::App& host = *app.add_subcommand(name, "the host's display, and whether it can pass a GPU");
  host.require_subcommand(1);
  add_command(host, "display",
              "whether Xen and dom0 have their consoles on the system display device",
              host_display_command, commands);
  add_command(host, "disable-display",
              "take both consoles from it at the next boot; prints the new state",
              host_disable_display_command, commands);
  add_command(host, "enable-display",
              "put both consoles back on it at the next boot; prints the new state",
              host_enable_display_command, commands);
  add_command(host, "doctor",
              "can this host pass a GPU? what stands in the way, and what to do about it",
              host_doctor_command, commands);
  add_command(host, "copy",
              "copy what is read of this host, without secrets, for --root on another one",
              host_copy_command, commands)
      .add_option("FOLDER", options.folder, "a new or an empty folder")
      ->required();
}

struct NamedCommand {
  const char* name;
  void (*add)(const char* name, CLI::App& app, Options& options, Commands& commands);
};

/// In the order of --help.
constexpr std::array all_commands{NamedCommand{"run", add_run},
                                  NamedCommand{"start", add_start},
                                  NamedCommand{"attach", add_attach},
                                  NamedCommand{"check", add_check},
                                  NamedCommand{"import", add_import},
                                  NamedCommand{"list", add_list},
                                  NamedCommand{"status", add_status},
                                  NamedCommand{"stop", add_stop},
                                  NamedCommand{"reboot", add_reboot},
                                  NamedCommand{"destroy", add_destroy},
                                  NamedCommand{"unpause", add_unpause},
                                  NamedCommand{"disk", add_disk},
                                  NamedCommand{"console", add_console},
                                  NamedCommand{"logs", add_logs},
                                  NamedCommand{"screenshot", add_screenshot},
                                  NamedCommand{"recover", add_recover},
                                  NamedCommand{"pci", add_pci},
                                  NamedCommand{"gpu", add_gpu},
                                  NamedCommand{"host", add_host}};

}  // namespace

Commands add_commands(CLI::App& app, Options& options, std::string_view first_word) {
  app.set_version_flag("--version", std::string{"xenlaunch "} + version);
  const bool names_one = std::ranges::count(all_commands, first_word, &NamedCommand::name) > 0;
  Commands commands;
  for (const NamedCommand& command : all_commands)
    if (!names_one || command.name == first_word) command.add(command.name, app, options, commands);
  for (const auto& [command, run] : commands) add_common(*command, options);
  return commands;
}

}  // namespace xenlaunch
