#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/progress.h"
#include "launcher/config/host_settings.h"
#include "launcher/host/locks.h"
#include "launcher/host/pci_binder.h"
#include "launcher/host/pci_function.h"
#include "launcher/xen/hypervisor.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// What taking a function to pciback, and giving it back, touches of the host.
struct PciAccess {
  PciBinder& pci;
  Hypervisor& xen;
  Store& store;
  Locks& locks;
  std::filesystem::path state_directory;  ///< of the journals
  WithoutReset without_reset;             ///< what becomes of a device then
  Progress& progress;
};

/// The drivers that a function had before a command and has after it, "pciback" among them.
struct DriverChange {
  std::optional<std::string> before;
  std::optional<std::string> after;
  friend bool operator==(const DriverChange&, const DriverChange&) = default;
};

using Judge = std::function<void(const PciFunction&)>;

/// What the two do, as it reads on from "cannot".
std::string assign_action(const PciAddress& device);
std::string restore_action(const PciAddress& device);

/// The function of this host. Throws Error (ExitCode::host) where there is none.
const PciFunction& find_function(const std::string& action, const PciAddress& device,
                                 const HostPci& host);

/// Takes the function to pciback for good, as `xl pci-assignable-add` does: its driver on record,
/// itself in quarantine. Changes nothing where pciback has it. Throws Error where a VM has it or
/// where any part fails; what was done is undone then, or the code is ExitCode::host_left_changed.
/// `judge` throws where the function, as it is once nobody else can change it, must stay.
DriverChange assign_to_pciback(const PciAddress& device, const PciAccess& host, const Judge& judge);

/// Gives a function that pciback has, or had until somebody left it without any driver, back to the
/// driver on record; without a record it is left without a driver. Changes nothing where another
/// driver has it. Throws Error where a VM has it, where it cannot be reset after a guest and has to
/// stay, or where a part fails: the record then stays, and another try goes on from there.
DriverChange restore_to_driver(const PciAddress& device, const PciAccess& host);

/// Undoes what a killed assignment has done, or does the rest of a killed restoration; the two
/// above begin with that, too. Throws Error (ExitCode::host_left_changed) where it cannot, and can
/// be tried again then.
void recover_assignment(const PciAddress& device, const PciAccess& host);

/// One line each, for people.
std::string describe_assigned(const PciAddress& device, const DriverChange& change);
std::string describe_restored(const PciAddress& device, const DriverChange& change);

}  // namespace xenlaunch
