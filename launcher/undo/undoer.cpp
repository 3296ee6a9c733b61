#include "launcher/undo/undoer.h"

#include <chrono>

#include "base/error.h"
#include "devicemodel/held_start.h"
#include "devicemodel/qemu_args.h"
#include "launcher/plan/render.h"
#include "xenstore/paths.h"
#include "xenstore/watch.h"

namespace xenlaunch {

Undoer::Undoer(const HostAccess& host, const DomainIdentity& domain, Progress& progress)
    : host_{host}, domain_{domain}, progress_{progress} {}

void Undoer::perform(const Undo& undo) {
  switch (undo.kind) {
    case UndoKind::nothing:
      return;
    case UndoKind::restore_device:
      return restore_device(undo);
    case UndoKind::release_device:
      return host_.xen.release_to_dom0(*undo.device);
    case UndoKind::switch_rom_off:
      return host_.pci.switch_rom_off(*undo.device);
    case UndoKind::destroy_domain:
      if (const auto domid = living_domain()) host_.xen.destroy(*domid);
      return;
    case UndoKind::forget_driver:
      return host_.store.remove(undo.nodes);
    case UndoKind::remove_nodes:
      return remove_nodes(undo);
    case UndoKind::forget_owner:
      return forget_owner(*undo.device);
    case UndoKind::take_device:
      return take_device(*undo.device);
    case UndoKind::remove_pci_nodes:
      return remove_pci_nodes(undo);
    case UndoKind::end_device_model:
      if (domain_.domid && !domid_is_anothers()) {
        const std::string domid = std::to_string(*domain_.domid);
        host_.device_model.kill({xl_qmp_socket(domid), qmp_socket(domid), hold_socket(domid)});
      }
      return;
    case UndoKind::pause_guest:
      if (const auto domid = living_domain()) host_.xen.pause(*domid);
      return;
  }
}

std::optional<Domid> Undoer::living_domain() {
  const auto state =
      domain_.domid ? host_.xen.domain(*domain_.domid) : host_.xen.find(domain_.uuid);
  return state && state->uuid == domain_.uuid ? std::optional{state->domid} : std::nullopt;
}

bool Undoer::domid_is_anothers() {
  if (!domain_.domid) return false;
  const auto state = host_.xen.domain(*domain_.domid);
  return state && state->uuid != domain_.uuid;
}

void Undoer::take_device(const PciAddress& device) {
  if (const auto domid = living_domain()) host_.xen.deassign(*domid, device);
  if (!host_.xen.is_assigned(device)) reset(device);  // or another guest would lose its device
}

/// What the guest left in the device must not reach whoever gets it next.
void Undoer::reset(const PciAddress& device) {
  const std::string name = device.to_string();
  try {
    switch (host_.pci.reset(device)) {
      case ResetResult::done:
        return;
      case ResetResult::no_method:
        progress_.warning(
            name +
            " cannot be reset (the kernel knows no method for it): what the guest left "
            "in it stays until the host is switched off");
        return;
      case ResetResult::no_answer:
        progress_.warning(name + " does not answer after its reset");
        return;
    }
  } catch (const Error& error) {
    progress_.warning(error.what());  // the device may be well; whether it answers is looked at
  }
}

void Undoer::restore_device(const Undo& undo) {
  const PciAddress& device = *undo.device;
  const std::string action = "cannot " + undo.label + ": ";
  if (host_.xen.is_assigned(device))
    throw Error{ExitCode::host, action + "another domain has it (xl pci-list DOMAIN)"};
  if (!host_.pci.inspect(device).answers)
    throw Error{ExitCode::host, action + does_not_answer + "; until then it stays with pciback"};
  host_.pci.restore(device, undo.driver);
}

/// Leaves the record alone where another tool has put another owner there, or keeps the driver
/// there.
void Undoer::forget_owner(const PciAddress& device) {
  const std::string record = pci_record(device);
  if (domain_.domid && host_.store.read(record + "/domid") == std::to_string(*domain_.domid))
    host_.store.remove({record + "/domid"});
  if (host_.store.list(record).empty()) host_.store.remove({record});
}

void Undoer::remove_nodes(const Undo& undo) {
  if (!domid_is_anothers()) host_.store.remove(undo.nodes);
}

void Undoer::remove_pci_nodes(const Undo& undo) {
  if (!domain_.domid || domid_is_anothers()) return;
  await_pciback(undo.nodes.front() + "/0/state");
  host_.store.remove(undo.nodes);
  host_.pci.await_backend_gone(*domain_.domid);
}

/// pciback answers the nodes with nodes of its own, the state last. Removed before that they would
/// come back, with nobody to remove them. A pciback that does not answer at all writes nothing
/// either.
void Undoer::await_pciback(const std::string& state) {
  if (host_.store.read(state) != "1") return;
  constexpr std::chrono::seconds answer_time{5};
  const auto deadline = std::chrono::steady_clock::now() + answer_time;
  const Watch watch{host_.store, state};
  while (host_.store.read(state) == "1") {
    const Event event = host_.events.wait(deadline);
    if (event == Event::none) break;
    if (event == Event::store_changed) host_.store.take_changes();
  }
}

}  // namespace xenlaunch
