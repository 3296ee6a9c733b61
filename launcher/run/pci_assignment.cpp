#include "launcher/run/pci_assignment.h"

#include <exception>

#include "base/error.h"
#include "base/text.h"
#include "launcher/checks/device_findings.h"
#include "launcher/host/device_owner.h"
#include "launcher/host/driver_record.h"
#include "launcher/host/unreset_device.h"
#include "launcher/plan/steps.h"
#include "launcher/undo/device_return.h"
#include "launcher/undo/file_journal.h"
#include "launcher/undo/over_new_connection.h"
#include "launcher/undo/remains.h"
#include "launcher/undo/state_folder.h"
#include "launcher/undo/undo_log.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

const std::string pciback = "pciback";

void refuse_owned(const std::string& action, const PciAddress& device, const PciAccess& host) {
  if (const auto owner = device_owner(device, host.store, host.xen))
    refuse({owned_finding(device, *owner)}, action);
}

/// Asks for the owner also before the lock is taken, since the lock's holder says less of him.
std::shared_ptr<void> lock_unowned(const std::string& action, const PciAddress& device,
                                   const PciAccess& host) {
  refuse_owned(action, device, host);
  std::shared_ptr<void> lock = host.locks.take("pci-" + device.to_string(), action);
  refuse_owned(action, device, host);
  return lock;
}

/// The journal's line about whose it is: a device's, of no domain at all.
JournalHeader header_of(const PciAddress& device) {
  return {.vm = device_folder(device), .uuid = "", .owns_domain = false};
}

DeviceReturn return_on(const PciAccess& host) {
  return {host.pci, host.xen, host.store, host.progress, host.without_reset};
}

PerformUndo undo_by(DeviceReturn& devices, const PciAccess& host) {
  return over_new_connection(
      [&devices](const Undo& undo, const DomainIdentity&) { devices.undo(undo); }, host.store);
}

/// False where no guest has had the device since it was last reset. Throws where one has, it cannot
/// be reset now, and dom0 may not have it then.
bool reset_after_guest(const std::string& action, const PciAddress& device, DeviceReturn& devices,
                       const PciAccess& host) {
  const std::optional<std::string> vm = unreset_since(device, host.store);
  if (!vm) return false;
  if (!host.pci.inspect(device).answers)
    throw Error{ExitCode::host, "cannot " + action + ": " + does_not_answer};
  if (!devices.may_go(device)) refuse({unreset_finding(device, *vm, Severity::blocks)}, action);
  return true;
}

std::string not_undone(const UndoLog& undo) {
  std::string text;
  for (const std::string& failure : undo.failures()) text += "\n" + failure;
  return text;
}

/// Needs the device's lock.
void recover_locked(const PciAddress& device, const PciAccess& host) {
  const StateFolder folder{host.state_directory, device_folder(device)};
  const auto content = read_remains(folder, device_folder(device), host.progress);
  if (!content) return;
  FileJournal journal{folder.journal(), *content};
  DeviceReturn devices = return_on(host);
  UndoLog undo{journal, host.progress, undo_by(devices, host)};
  undo.resume(*content);
  try {
    // Not further than to the first that fails: no driver could use a function in quarantine, and
    // the record of the driver goes last.
    undo.unwind_or_throw();
  } catch (const Error& error) {
    throw Error{
        ExitCode::host_left_changed,
        std::string{"cannot give back everything that a killed `xenlaunch pci` had taken:\n"} +
            error.what()};
  }
  folder.remove();
  host.progress.info(device.to_string() +
                     ": what a killed `xenlaunch pci` had left was given back");
}

/// Whether pciback had it already, another tool being quicker.
bool take(const PciFunction& function, const PciAccess& host, UndoLog& undo) {
  const PciAddress& device = function.address;
  bool was_there = false;
  for (const Step& step : steps_to_assign(function)) {
    undo.doing(step, [&] {
      if (step.kind == StepKind::bind_to_pciback) was_there = host.pci.assign(device);
      if (step.kind == StepKind::note_driver)
        host.store.write({driver_record(device, *function.driver)}, 0);
      if (step.kind != StepKind::quarantine_device) return;
      host.pci.drop_override(device);
      host.xen.quarantine(device);
    });
    if (was_there) break;
  }
  return was_there;
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

DriverChange assign_to_pciback(const PciAddress& device, const PciAccess& host,
                               const Judge& judge) {
  const std::shared_ptr<void> lock = lock_unowned(assign_action(device), device, host);
  recover_locked(device, host);
  // Looked at again, now that no other launcher can change it.
  const PciFunction function = host.pci.inspect(device);
  if (function.driver == pciback) return {.before = pciback, .after = pciback};
  judge(function);
  if (function.driver && unreset_since(device, host.store)) clear_unreset(device, host.store);
  if (host.xen.is_assigned(device))
    throw Error{ExitCode::xen, "cannot " + assign_action(device) +
                                   ": Xen does not know it, keeps it for itself, or has given it "
                                   "to another domain"};
  const StateFolder folder{host.state_directory, device_folder(device)};
  folder.make();
  FileJournal journal{folder.journal(), header_of(device)};
  DeviceReturn devices = return_on(host);
  UndoLog undo{journal, host.progress, undo_by(devices, host)};
  try {
    const bool was_there = take(function, host, undo);
    folder.remove();
    return {.before = was_there ? pciback : function.driver, .after = pciback};
  } catch (const std::exception& error) {
    undo.unwind();
    if (!undo.failures().empty())
      throw Error{ExitCode::host_left_changed, error.what() + not_undone(undo)};
    folder.remove();
    throw;
  }
}

DriverChange restore_to_driver(const PciAddress& device, const PciAccess& host) {
  const std::string action = restore_action(device);
  const std::shared_ptr<void> lock = lock_unowned(action, device, host);
  recover_locked(device, host);
  const std::optional<std::string> before = host.pci.inspect(device).driver;
  if (before && before != pciback) return {.before = before, .after = before};
  const std::optional<std::string> driver = recorded_driver(action, device, host.store);
  if (!before && !driver) return {};
  DeviceReturn devices = return_on(host);
  const bool was_unreset = reset_after_guest(action, device, devices, host);

  // Its journal is that of an assignment which is to be undone: `recover` then does the rest.
  JournalContent content{.header = header_of(device), .boot = boot_id()};
  for (const Undo& undo : undos_to_restore(device, driver))
    content.entries[content.next_number++] = {
        .action = action, .undo = undo, .phase = JournalContent::Phase::done};
  const StateFolder folder{host.state_directory, device_folder(device)};
  folder.make();
  FileJournal journal{folder.journal(), content};
  UndoLog undo{journal, host.progress, undo_by(devices, host)};
  undo.resume(content);
  try {
    // From here on it is decided, also for who recovers.
    if (was_unreset) clear_unreset(device, host.store);
    undo.unwind_or_throw();
  } catch (const std::exception&) {
    folder.remove();  // the record in xenstore stays for another try
    throw;
  }
  folder.remove();
  return {.before = before, .after = driver};
}

void recover_assignment(const PciAddress& device, const PciAccess& host) {
  const std::shared_ptr<void> lock = lock_unowned("recover " + device.to_string(), device, host);
  recover_locked(device, host);
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
