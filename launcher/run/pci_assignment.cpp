#include "launcher/run/pci_assignment.h"

#include <exception>

#include "base/error.h"
#include "base/text.h"
#include "base/undo_stack.h"
#include "launcher/checks/device_findings.h"
#include "launcher/host/device_owner.h"
#include "launcher/host/driver_record.h"
#include "launcher/plan/render.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

const std::string pciback = "pciback";

void refuse_owned(const std::string& action, const PciAddress& device, PciAccess& host) {
  if (const auto owner = device_owner(device, host.store, host.xen))
    refuse({owned_finding(device, *owner)}, action);
}

/// Asks for the owner also before the lock is taken, since the lock's holder says less of him.
std::shared_ptr<void> lock_unowned(const std::string& action, const PciAddress& device,
                                   PciAccess& host) {
  refuse_owned(action, device, host);
  std::shared_ptr<void> lock = host.locks.take("pci-" + device.to_string(), action);
  refuse_owned(action, device, host);
  return lock;
}

/// Whether pciback had it already, another tool being quicker.
bool take(const PciFunction& function, PciAccess& host, UndoStack& undo) {
  const PciAddress& device = function.address;
  const std::string bdf = device.to_string();
  if (host.pci.assign(device)) return true;
  undo.push(function.driver ? "give " + bdf + " back to " + *function.driver
                            : "take " + bdf + " from pciback",
            [&host, function] { host.pci.restore(function.address, function.driver); });
  if (function.driver) {
    host.store.write({driver_record(device, *function.driver)}, 0);
    undo.push("forget the driver of " + bdf,
              [&host, device] { host.store.remove({pci_record(device)}); });
  }
  host.pci.drop_override(device);
  host.xen.quarantine(device);
  return false;
}

/// A name from sysfs, for a terminal.
std::string shown(const std::optional<std::string>& driver) {
  return driver ? excerpt(*driver) : "no driver";
}

}  // namespace

std::string assign_action(const PciAddress& device) {
  return "assign " + device.to_string() + " to pciback";
}

std::string restore_action(const PciAddress& device) {
  return "restore " + device.to_string() + " to its driver";
}

const PciFunction& find_function(const std::string& action, const PciAddress& device,
                                 const HostPci& host) {
  const PciFunction* function = host.find(device);
  if (function == nullptr)
    throw Error{ExitCode::host, "cannot " + action +
                                    ": there is no such device; `xenlaunch pci list` shows those "
                                    "that there are"};
  return *function;
}

bool is_on_pciback(const PciFunction& function) {
  return function.driver == pciback;
}

DriverChange assign_to_pciback(const PciAddress& device, PciAccess host) {
  const std::shared_ptr<void> lock = lock_unowned(assign_action(device), device, host);
  // Looked at again, now that no other launcher can change it.
  const PciFunction function = host.pci.inspect(device);
  if (is_on_pciback(function)) return {.before = pciback, .after = pciback};
  std::string not_undone;
  UndoStack undo{[&not_undone](const std::string& label, const std::string& reason) {
    not_undone += "\ncould not " + label + ": " + reason;
  }};
  try {
    const bool was_there = take(function, host, undo);
    undo.commit();
    return {.before = was_there ? pciback : function.driver, .after = pciback};
  } catch (const std::exception& error) {
    undo.unwind();
    if (not_undone.empty()) throw;
    throw Error{ExitCode::host_left_changed, error.what() + not_undone};
  }
}

DriverChange restore_to_driver(const PciAddress& device, PciAccess host) {
  const std::string action = restore_action(device);
  const std::shared_ptr<void> lock = lock_unowned(action, device, host);
  const std::optional<std::string> before = host.pci.inspect(device).driver;
  if (before && before != pciback) return {.before = before, .after = before};
  const std::optional<std::string> driver = recorded_driver(action, device, host.store);
  if (!before && !driver) return {};
  // In quarantine, no driver could use it.
  host.xen.release_to_dom0(device);
  host.pci.restore(device, driver);
  host.store.remove({pci_record(device)});
  return {.before = before, .after = driver};
}

std::string describe_assigned(const PciAddress& device, const DriverChange& change) {
  const std::string bdf = device.to_string();
  if (change.before == change.after) return bdf + " is on pciback already; nothing was changed";
  return bdf + " is on pciback now; it had " + (change.before ? "the driver " : "") +
         shown(change.before);
}

std::string describe_restored(const PciAddress& device, const DriverChange& change) {
  const std::string bdf = device.to_string();
  const std::string has =
      std::string{"has "} + (change.after ? "the driver " : "") + shown(change.after);
  if (change.before == change.after)
    return bdf + " is not on pciback; it " + has + ", and nothing was changed";
  return bdf + " " + has + (change.after ? " again" : " now");
}

}  // namespace xenlaunch
