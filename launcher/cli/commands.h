#pragma once

#include <iosfwd>

#include "base/exit_code.h"
#include "base/pci_address.h"
#include "base/progress.h"
#include "launcher/cli/options.h"
#include "launcher/host/this_host.h"

namespace xenlaunch {

/// A command: results to `out`, messages to `progress`; returns the exit status or throws Error.
using CommandFunction = ExitCode(const Options& options, const ThisHost& host, std::ostream& out,
                                 Progress& progress);

// What each does stands in the help (arguments.cpp).
CommandFunction run_command;
CommandFunction dry_run_command;  ///< run --dry-run
CommandFunction start_command;
CommandFunction attach_command;
CommandFunction check_command;
CommandFunction import_command;
CommandFunction list_command;
CommandFunction status_command;
CommandFunction stop_command;
CommandFunction reboot_command;
CommandFunction destroy_command;
CommandFunction unpause_command;
CommandFunction disk_insert_command;
CommandFunction disk_eject_command;
CommandFunction console_command;
CommandFunction logs_command;
CommandFunction screenshot_command;
CommandFunction recover_command;
CommandFunction pci_list_command;
CommandFunction pci_assign_command;
CommandFunction pci_restore_command;
CommandFunction gpu_list_command;
CommandFunction gpu_disable_dom0_access_command;
CommandFunction gpu_enable_dom0_access_command;
CommandFunction host_display_command;
CommandFunction host_disable_display_command;
CommandFunction host_enable_display_command;
CommandFunction host_doctor_command;
CommandFunction host_copy_command;

/// Gives back, or finishes to give back, what a killed `pci assign|restore` has left of the device.
/// Throws Error where it cannot.
void recover_device(const PciAddress& device, const HostSettings& settings, const ThisHost& host,
                    Progress& progress);

}  // namespace xenlaunch
