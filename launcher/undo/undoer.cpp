#include "launcher/undo/undoer.h"

#include <chrono>
#include <set>

#include "base/error.h"
#include "devicemodel/held_start.h"
#include "devicemodel/qemu_args.h"
#include "devicemodel/qemu_user.h"
#include "launcher/undo/nic_undo.h"
#include "xenstore/await_node.h"
#include "xenstore/paths.h"
#include "xenstore/watch.h"

namespace xenlaunch {
namespace {

/// pciback and blkback answer the nodes with nodes of their own, and say so by their state. Removed
/// before that they would come back, with nobody to remove them. One that does not answer at all
/// writes nothing either.
void await_answer(const std::string& state, const std::set<std::string>& states_before,
                  const HostAccess& host) {
  constexpr std::chrono::seconds answer_time{5};
  const auto has_answered = [&](const std::optional<std::string>& value) {
    return !value || !states_before.contains(*value);
  };
  if (has_answered(host.store.read(state))) return;
  const Watch watch{host.store, state};
  await_node(host.store, host.events, state, std::chrono::steady_clock::now() + answer_time,
             has_answered);
}

}  // namespace

void Undoer::perform(const Undo& undo, const DomainIdentity& domain) {
  switch (undo.kind) {
    case UndoKind::nothing:
      return;
    case UndoKind::restore_device:
    case UndoKind::release_device:
    case UndoKind::forget_driver:
    case UndoKind::leave_reset:
    case UndoKind::switch_rom_off:
      return devices_.undo(undo);
    case UndoKind::destroy_domain:
      if (const auto domid = living(domain)) host_.xen.destroy(*domid);
      return;
    case UndoKind::remove_nodes:
      if (!domid_is_anothers(domain)) host_.store.remove(undo.nodes);
      return;
    case UndoKind::release_disks:
      return release_disks(undo, domain);
    case UndoKind::forget_owner:
      return forget_owner(*undo.device, domain);
    case UndoKind::deassign_device:
      return deassign_device(*undo.device, domain);
    case UndoKind::remove_pci_nodes:
      return remove_pci_nodes(undo, domain);
    case UndoKind::remove_nic_nodes:
    case UndoKind::disconnect_vif:
    case UndoKind::disconnect_tap:
      if (domain.domid && !domid_is_anothers(domain))
        undo_nic_change(undo, *domain.domid, host_, progress_);
      return;
    case UndoKind::end_device_model:
      return end_device_model(undo, domain);
    case UndoKind::pause_guest:
      if (const auto domid = living(domain)) host_.xen.pause(*domid);
      return;
  }
}

std::optional<Domid> Undoer::living(const DomainIdentity& domain) {
  const auto state = domain.domid ? host_.xen.domain(*domain.domid) : host_.xen.find(domain.uuid);
  return state && state->uuid == domain.uuid ? std::optional{state->domid} : std::nullopt;
}

bool Undoer::domid_is_anothers(const DomainIdentity& domain) {
  if (!domain.domid) return false;
  const auto state = host_.xen.domain(*domain.domid);
  return state && state->uuid != domain.uuid;
}

void Undoer::deassign_device(const PciAddress& device, const DomainIdentity& domain) {
  if (const auto domid = living(domain)) host_.xen.deassign(*domid, device);
  if (!host_.xen.is_assigned(device))
    devices_.reset(device);  // or another guest would lose its device
}

/// Leaves the record alone where another tool has put another owner there, or keeps the driver
/// there.
void Undoer::forget_owner(const PciAddress& device, const DomainIdentity& domain) {
  const std::string record = pci_record(device);
  if (domain.domid && host_.store.read(record + "/domid") == std::to_string(*domain.domid))
    host_.store.remove({record + "/domid"});
  if (host_.store.list(record).empty()) host_.store.remove({record});
}

void Undoer::remove_pci_nodes(const Undo& undo, const DomainIdentity& domain) {
  if (!domain.domid || domid_is_anothers(domain)) return;
  // It says 2 when it has only begun: what it tells of its devices comes after that
  // (xen_pcibk_setup_backend of drivers/xen/xen-pciback/xenbus.c).
  await_answer(undo.nodes.front() + "/0/state", {"1", "2"}, host_);
  host_.store.remove(undo.nodes);
  host_.pci.await_backend_gone(*domain.domid);
}

/// A frontend that is gone makes blkback let go of the disk, whatever the guest does
/// (frontend_changed of drivers/block/xen-blkback/xenbus.c).
void Undoer::release_disks(const Undo& undo, const DomainIdentity& domain) {
  if (!domain.domid || domid_is_anothers(domain)) return;
  const std::string& backends = undo.nodes.front();
  for (const std::string& device : host_.store.list(backends))
    await_answer(backends + "/" + device + "/state", {"1"}, host_);
  host_.store.remove({undo.nodes.begin() + 1, undo.nodes.end()});
  host_.disks.await_gone(*domain.domid);
  host_.store.remove({backends, backend_errors_path("vbd", std::to_string(*domain.domid))});
}

void Undoer::end_device_model(const Undo& undo, const DomainIdentity& domain) {
  if (!domain.domid || domid_is_anothers(domain)) return;
  const std::string domid = std::to_string(*domain.domid);
  const std::string root = qemu_root(domid);
  std::vector<std::filesystem::path> files{
      xl_qmp_socket(domid),       qmp_socket(domid),    hold_socket(domid), disk_server_hold(domid),
      store_filter_socket(domid), resource_view(domid), device_view(domid), root};
  // Something else could be there by now.
  for (const std::string& socket : undo.nodes)
    if (std::error_code error; std::filesystem::is_socket(socket, error)) files.push_back(socket);
  host_.device_model.kill(
      {.files = files, .user = user_of_root(root), .control_groups = control_groups_of(domid)});
}

}  // namespace xenlaunch
