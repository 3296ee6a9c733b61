#pragma once

#include <iosfwd>

#include "base/exit_code.h"
#include "base/pci_address.h"
#include "base/progress.h"
#include "launcher/cli/options.h"

namespace xenlaunch {

/// The commands: results to `out`, messages to `progress`; each returns the exit status or throws
/// Error.
ExitCode dry_run_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode run_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode start_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode attach_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode recover_command(const Options& options, std::ostream& out, Progress& progress);
/// Gives back, or finishes to give back, what a killed `pci assign|restore` has left of the device.
/// Throws Error where it cannot.
void recover_device(const PciAddress& device, Progress& progress);
ExitCode list_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode status_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode stop_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode reboot_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode destroy_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode unpause_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode console_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode logs_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode check_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode pci_list_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode pci_assign_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode pci_restore_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode gpu_list_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode gpu_disable_dom0_access_command(const Options& options, std::ostream& out,
                                         Progress& progress);
ExitCode gpu_enable_dom0_access_command(const Options& options, std::ostream& out,
                                        Progress& progress);
ExitCode host_display_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode host_disable_display_command(const Options& options, std::ostream& out,
                                      Progress& progress);
ExitCode host_enable_display_command(const Options& options, std::ostream& out, Progress& progress);
ExitCode host_doctor_command(const Options& options, std::ostream& out, Progress& progress);

}  // namespace xenlaunch
