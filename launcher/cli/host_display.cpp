// host display, disable-display and enable-display.
#include <nlohmann/json.hpp>
#include <ostream>

#include "launcher/cli/boot_change.h"
#include "launcher/cli/commands.h"
#include "launcher/gpu/gpu_facts.h"

namespace xenlaunch {
namespace {

ExitCode change_display(BootChange::Kind kind, const Options& options, const ThisHost& host,
                        std::ostream& out, Progress& progress) {
  const std::string action = kind == BootChange::Kind::disable_display
                                 ? "disable the display of the host"
                                 : "enable the display of the host";
  const HostBoot boot =
      change_next_boot({.kind = kind, .device = {}}, options, action, host, progress);
  const std::string state = to_string(host_display(options.root, boot));
  print_state(options, out, {{"display", state}}, state);
  return ExitCode::done;
}

}  // namespace

ExitCode host_disable_display_command(const Options& options, const ThisHost& host,
                                      std::ostream& out, Progress& progress) {
  return change_display(BootChange::Kind::disable_display, options, host, out, progress);
}

ExitCode host_enable_display_command(const Options& options, const ThisHost& host,
                                     std::ostream& out, Progress& progress) {
  return change_display(BootChange::Kind::enable_display, options, host, out, progress);
}

ExitCode host_display_command(const Options& options, const ThisHost& host, std::ostream& out,
                              Progress& progress) {
  HostPrograms programs;
  const std::unique_ptr<Hypervisor> xen = connect_where_xen_runs(options.root, host);
  const HostBoot boot = read_host_boot(options.root, host_settings(options), xen.get(), programs);
  for (const std::string& note : boot.notes) progress.warning(note);
  const std::string state = to_string(host_display(options.root, boot));
  print_state(options, out, {{"display", state}}, state);
  return ExitCode::done;
}

}  // namespace xenlaunch
