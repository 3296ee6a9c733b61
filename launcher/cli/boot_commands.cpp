// The commands that change what the next boot starts with, and the states that come of it.
#include <ostream>

#include "base/error.h"
#include "base/paths.h"
#include "base/signals_blocked.h"
#include "launcher/boot/boot_config.h"
#include "launcher/boot/host_boot.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"
#include "launcher/gpu/gpu.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/lock.h"
#include "launcher/host/locks.h"

namespace xenlaunch {
namespace {

using json = nlohmann::ordered_json;

void refuse_copy(const Options& options) {
  if (options.root != "/")
    throw Error{ExitCode::usage,
                "cannot change the boot configuration below --root: that is a copy of another "
                "host's files"};
}

/// What runs and what the next boot will run, once that has what `change` wants.
HostBoot apply(const BootChange& change, const Options& options, const std::string& action,
               Progress& progress) {
  refuse_copy(options);
  const HostSettings settings = host_settings(options);
  HostPrograms programs;
  const std::unique_ptr<Hypervisor> xen = connect_where_xen_runs(options.root);
  HostBoot boot{.running = read_running(options.root, xen.get())};
  progress.step("waiting for other changes of the boot configuration to end");
  Lock lock{lock_directory, "boot-configuration", "xenlaunch " + action, action, Lock::Mode::wait};
  lock.share_with_children();
  const std::unique_ptr<BootConfig> config =
      find_boot_config(options.root, settings.xen_cmdline, programs);
  if (!config)
    throw Error{ExitCode::host,
                "cannot " + action +
                    ": this host's boot configuration is not known: there is neither " +
                    settings.xen_cmdline + " nor /boot/grub/grub.cfg"};
  // A change is made as a whole: Ctrl-C and the like take effect after it.
  const SignalsBlocked blocked;
  boot.next = ensure(*config, change, progress);
  return boot;
}

void print_state(const Options& options, std::ostream& out, const json& document,
                 const std::string& state) {
  out << (options.json ? json_text(document) : state + "\n");
}

ExitCode change_dom0_access(BootChange::Kind kind, const Options& options, std::ostream& out,
                            Progress& progress) {
  const PciAddress address = pci_address(options);
  const std::string action =
      (kind == BootChange::Kind::hide ? "disable dom0 access to " : "enable dom0 access to ") +
      address.to_string();
  refuse_copy(options);
  if (kind == BootChange::Kind::hide) {
    const std::optional<PciFunction> function = read_pci_function(options.root, address);
    if (!function)
      throw Error{ExitCode::host, "cannot " + action + ": there is no such PCI function"};
    if (!is_physical_gpu(*function))
      throw Error{ExitCode::host,
                  "cannot " + action + ": it is no GPU but " +
                      (function->is_virtual_function ? "an SR-IOV VF"
                                                     : "of class " + function->class_text()) +
                      "; `xenlaunch gpu list` shows the GPUs"};
  }
  const HostBoot boot = apply({.kind = kind, .device = address}, options, action, progress);
  const std::string state = to_string(dom0_access(boot.running, boot.next, address));
  print_state(options, out, {{"address", address.to_string()}, {"dom0_access", state}}, state);
  return ExitCode::done;
}

ExitCode change_display(BootChange::Kind kind, const Options& options, std::ostream& out,
                        Progress& progress) {
  const std::string action = kind == BootChange::Kind::disable_display
                                 ? "disable the display of the host"
                                 : "enable the display of the host";
  const HostBoot boot = apply({.kind = kind, .device = {}}, options, action, progress);
  const std::string state = to_string(display(boot.running, boot.next));
  print_state(options, out, {{"display", state}}, state);
  return ExitCode::done;
}

}  // namespace

ExitCode gpu_disable_dom0_access_command(const Options& options, std::ostream& out,
                                         Progress& progress) {
  return change_dom0_access(BootChange::Kind::hide, options, out, progress);
}

ExitCode gpu_enable_dom0_access_command(const Options& options, std::ostream& out,
                                        Progress& progress) {
  return change_dom0_access(BootChange::Kind::unhide, options, out, progress);
}

ExitCode host_disable_display_command(const Options& options, std::ostream& out,
                                      Progress& progress) {
  return change_display(BootChange::Kind::disable_display, options, out, progress);
}

ExitCode host_enable_display_command(const Options& options, std::ostream& out,
                                     Progress& progress) {
  return change_display(BootChange::Kind::enable_display, options, out, progress);
}

ExitCode host_display_command(const Options& options, std::ostream& out, Progress& progress) {
  HostPrograms programs;
  const std::unique_ptr<Hypervisor> xen = connect_where_xen_runs(options.root);
  const HostBoot boot = read_host_boot(options.root, host_settings(options), xen.get(), programs);
  for (const std::string& note : boot.notes) progress.warning(note);
  const std::string state = to_string(display(boot.running, boot.next));
  print_state(options, out, {{"display", state}}, state);
  return ExitCode::done;
}

}  // namespace xenlaunch
