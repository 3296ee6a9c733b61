// gpu disable-dom0-access and enable-dom0-access.
#include "launcher/gpu/gpu.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "launcher/cli/boot_change.h"
#include "launcher/cli/commands.h"
#include "launcher/host/host_reader.h"

namespace xenlaunch {
namespace {

ExitCode change_dom0_access(BootChange::Kind kind, const Options& options, const ThisHost& host,
                            std::ostream& out, Progress& progress) {
  const PciAddress address = pci_address(options);
  const std::string action =
      (kind == BootChange::Kind::hide ? "disable dom0 access to " : "enable dom0 access to ") +
      address.to_string();
  refuse_copy(options, "change the boot configuration");
  if (kind == BootChange::Kind::hide) {
    const std::optional<PciFunction> function = read_pci_function(options.root, address);
    if (!function)
      throw Error{ExitCode::host, "cannot " + action + ": there is no such PCI function"};
    if (address.segment > PciAddress::last_segment_of_xen)
      throw Error{ExitCode::host, "cannot " + action +
                                      ": it lies behind Intel's VMD, and neither pciback nor Xen "
                                      "has a number for its PCI domain; switch VMD off in the "
                                      "firmware setup"};
    if (!is_physical_gpu(*function))
      throw Error{ExitCode::host,
                  "cannot " + action + ": it is no GPU but " +
                      (function->is_virtual_function() ? "an SR-IOV VF"
                       : function->is_second_display   ? "the second display function of one"
                                                       : "of class " + function->class_text()) +
                      "; `xenlaunch gpu list` shows the GPUs"};
  }
  const HostBoot boot =
      change_next_boot({.kind = kind, .device = address}, options, action, host, progress);
  const std::optional<PciFunction> now = read_pci_function(options.root, address);
  const std::string state =
      to_string(dom0_access(boot.running, boot.next, address, now && now->driver == "pciback"));
  print_state(options, out, {{"address", address.to_string()}, {"dom0_access", state}}, state);
  return ExitCode::done;
}

}  // namespace

ExitCode gpu_disable_dom0_access_command(const Options& options, const ThisHost& host,
                                         std::ostream& out, Progress& progress) {
  return change_dom0_access(BootChange::Kind::hide, options, host, out, progress);
}

ExitCode gpu_enable_dom0_access_command(const Options& options, const ThisHost& host,
                                        std::ostream& out, Progress& progress) {
  return change_dom0_access(BootChange::Kind::unhide, options, host, out, progress);
}

}  // namespace xenlaunch
