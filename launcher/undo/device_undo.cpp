#include "launcher/undo/device_undo.h"

#include "base/error.h"

namespace xenlaunch {
namespace {

void restore_device(const Undo& undo, PciBinder& pci, DeviceAssignment& xen) {
  const PciAddress& device = *undo.device;
  if (xen.is_assigned(device))
    throw Error{ExitCode::host, undo.label, "another domain has it (xl pci-list DOMAIN)"};
  if (!pci.inspect(device).answers)
    throw Error{ExitCode::host, undo.label,
                std::string{does_not_answer} + "; until then it stays with pciback"};
  pci.restore(device, undo.driver);
}

/// Neither Xen nor a driver knows the function any more.
void undo_for_gone(const Undo& undo, PciBinder& pci, Store& store, Progress& progress) {
  if (undo.kind == UndoKind::forget_driver) store.remove(undo.nodes);
  if (undo.kind != UndoKind::restore_device) return;
  pci.restore(*undo.device, undo.driver);
  progress.warning("cannot " + undo.label + ": the host has no such function any more");
}

}  // namespace

void undo_device_change(const Undo& undo, PciBinder& pci, DeviceAssignment& xen, Store& store,
                        Progress& progress) {
  if (undo.device && !pci.is_there(*undo.device)) return undo_for_gone(undo, pci, store, progress);
  if (undo.kind == UndoKind::restore_device) restore_device(undo, pci, xen);
  if (undo.kind == UndoKind::release_device) xen.release_to_dom0(*undo.device);
  if (undo.kind == UndoKind::forget_driver) store.remove(undo.nodes);
  if (undo.kind == UndoKind::switch_rom_off) pci.switch_rom_off(*undo.device);
}

}  // namespace xenlaunch
