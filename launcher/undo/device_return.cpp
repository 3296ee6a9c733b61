#include "launcher/undo/device_return.h"

#include "base/error.h"
#include "launcher/host/driver_record.h"
#include "launcher/host/unreset_device.h"
#include "xenstore/paths.h"

namespace xenlaunch {

DeviceReturn::DeviceReturn(PciBinder& pci, DeviceAssignment& xen, Store& store, Progress& progress,
                           WithoutReset without_reset)
    : pci_{pci}, xen_{xen}, store_{store}, progress_{progress}, without_reset_{without_reset} {}

void DeviceReturn::reset(const PciAddress& device) {
  const bool done = is_reset(device);
  // Without the mark its assignment was begun, and not made.
  resets_[device] = done || !unreset_since(device, store_);
  if (done || may_go_unreset(device)) clear_unreset(device, store_);
}

bool DeviceReturn::may_go_unreset(const PciAddress& device) {
  return without_reset_ == WithoutReset::driver && pci_.inspect(device).answers;
}

bool DeviceReturn::is_reset(const PciAddress& device) {
  const std::string name = device.to_string();
  try {
    switch (pci_.reset(device)) {
      case ResetResult::done:
        return true;
      case ResetResult::no_method:
        progress_.warning(
            name +
            " cannot be reset (the kernel knows no method for it): what the guest left "
            "in it stays until the host is switched off");
        return false;
      case ResetResult::no_answer:
        progress_.warning(name + " does not answer after its reset");
        return false;
    }
  } catch (const Error& error) {
    progress_.warning(error.what());
  }
  return false;
}

bool DeviceReturn::has_unreset(const PciAddress& device) {
  const auto tried = resets_.find(device);
  return tried != resets_.end() ? !tried->second : unreset_since(device, store_).has_value();
}

bool DeviceReturn::may_go(const PciAddress& device) {
  if (!has_unreset(device)) return true;
  if (!resets_.contains(device)) {
    if (xen_.is_assigned(device)) return false;  // or another guest would lose it
    reset(device);
  }
  return resets_.at(device) || may_go_unreset(device);
}

void DeviceReturn::undo(const Undo& undo) {
  if (undo.device && !pci_.is_there(*undo.device)) return undo_for_gone(undo);
  if (undo.kind == UndoKind::restore_device) restore(undo);
  if (undo.kind == UndoKind::release_device && may_go(*undo.device))
    xen_.release_to_dom0(*undo.device);
  if (undo.kind == UndoKind::forget_driver && (!undo.device || may_go(*undo.device)))
    store_.remove(undo.nodes);
  if (undo.kind == UndoKind::leave_reset) pci_.choose_resets(*undo.device, undo.resets);
  if (undo.kind == UndoKind::switch_rom_off) pci_.switch_rom_off(*undo.device);
}

/// Behind the other two, which then have done nothing for a device that could not go yet.
void DeviceReturn::restore(const Undo& undo) {
  const PciAddress& device = *undo.device;
  if (xen_.is_assigned(device))
    throw Error{ExitCode::host, undo.label, "another domain has it (xl pci-list DOMAIN)"};
  const bool was_unreset = has_unreset(device);
  if (!pci_.inspect(device).answers)
    throw Error{ExitCode::host, undo.label,
                std::string{does_not_answer} + "; until then it stays with pciback"};
  if (!may_go(device)) return keep(undo);
  if (was_unreset) xen_.release_to_dom0(device);
  pci_.restore(device, undo.driver);
  if (was_unreset) store_.remove({pci_record(device)});
}

/// As `pci assign` leaves it, for `pci restore`, `xl` and VMs.
void DeviceReturn::keep(const Undo& undo) {
  const PciAddress& device = *undo.device;
  pci_.drop_override(device);
  xen_.quarantine(device);  // also where Xen does not do so by itself
  if (undo.driver) store_.write({driver_record(device, *undo.driver)}, 0);
  const Finding finding =
      unreset_finding(device, unreset_since(device, store_).value_or("a VM"), Severity::warns);
  progress_.warning(as_warning(finding));
  progress_.event({.event = "device",
                   .name = "kept",
                   .device = device.to_string(),
                   .text = as_sentence(finding)});
}

/// Neither Xen nor a driver knows the function any more.
void DeviceReturn::undo_for_gone(const Undo& undo) {
  if (undo.kind == UndoKind::forget_driver) store_.remove(undo.nodes);
  if (undo.kind != UndoKind::restore_device) return;
  pci_.restore(*undo.device, undo.driver);
  if (unreset_since(*undo.device, store_)) store_.remove({pci_record(*undo.device)});
  progress_.warning("cannot " + undo.label + ": the host has no such function any more");
}

}  // namespace xenlaunch
