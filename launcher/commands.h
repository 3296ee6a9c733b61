#pragma once

#include <iosfwd>

#include "launcher/base/exit_code.h"
#include "launcher/base/progress.h"
#include "launcher/options.h"

namespace xenlaunch {

/// The commands: results to `out`, messages to `progress`; each returns the exit status or throws
/// Error.
ExitCode run_command(const Options& options, std::ostream& out, Progress& progress);
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
