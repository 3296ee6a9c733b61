#pragma once

#include "base/names.h"
#include "launcher/undo/journal.h"

// How values are called in a journal; also by those who read `xenlaunch list --json` and the
// events.

namespace xenlaunch {

inline constexpr Names<VmState, 6> vm_state_names{{{VmState::starting, "starting"},
                                                   {VmState::paused, "paused"},
                                                   {VmState::running, "running"},
                                                   {VmState::restarting, "restarting"},
                                                   {VmState::preserved, "preserved"},
                                                   {VmState::ending, "ending"}}};

inline constexpr Names<UndoKind, 17> undo_kind_names{
    {{UndoKind::nothing, "nothing"},
     {UndoKind::restore_device, "restore_device"},
     {UndoKind::release_device, "release_device"},
     {UndoKind::forget_driver, "forget_driver"},
     {UndoKind::leave_reset, "leave_reset"},
     {UndoKind::switch_rom_off, "switch_rom_off"},
     {UndoKind::destroy_domain, "destroy_domain"},
     {UndoKind::remove_nodes, "remove_nodes"},
     {UndoKind::release_disks, "release_disks"},
     {UndoKind::forget_owner, "forget_owner"},
     {UndoKind::deassign_device, "take_device"},
     {UndoKind::remove_pci_nodes, "remove_pci_nodes"},
     {UndoKind::remove_nic_nodes, "remove_nic_nodes"},
     {UndoKind::disconnect_vif, "disconnect_vif"},
     {UndoKind::disconnect_tap, "disconnect_tap"},
     {UndoKind::end_device_model, "end_device_model"},
     {UndoKind::pause_guest, "pause_guest"}}};

}  // namespace xenlaunch
