#pragma once

#include "base/names.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// The names by which programs know the steps; README lists them.
inline constexpr Names<StepKind, 33> step_names{
    {{StepKind::lock_vm, "lock_vm"},
     {StepKind::lock_device, "lock_device"},
     {StepKind::bind_to_pciback, "bind_to_pciback"},
     {StepKind::note_dom0_owner, "note_dom0_owner"},
     {StepKind::note_driver, "note_driver"},
     {StepKind::quarantine_device, "quarantine_device"},
     {StepKind::choose_reset, "choose_reset"},
     {StepKind::switch_rom_on, "switch_rom_on"},
     {StepKind::create_domain, "create_domain"},
     {StepKind::adopt_domain, "adopt_domain"},
     {StepKind::configure_domain, "configure_domain"},
     {StepKind::write_domain_nodes, "write_domain_nodes"},
     {StepKind::write_device_nodes, "write_device_nodes"},
     {StepKind::write_disk_nodes, "write_disk_nodes"},
     {StepKind::await_disks, "await_disks"},
     {StepKind::write_nic_nodes, "write_nic_nodes"},
     {StepKind::start_vif_script, "start_vif_script"},
     {StepKind::start_tap_script, "start_tap_script"},
     {StepKind::await_nic_scripts, "await_nic_scripts"},
     {StepKind::note_owner, "note_owner"},
     {StepKind::assign_to_domain, "assign_to_domain"},
     {StepKind::write_pci_nodes, "write_pci_nodes"},
     {StepKind::start_device_model, "start_device_model"},
     {StepKind::release_device_model, "release_device_model"},
     {StepKind::build_domain, "build_domain"},
     {StepKind::introduce_domain, "introduce_domain"},
     {StepKind::await_device_model, "await_device_model"},
     {StepKind::insert_device, "insert_device"},
     {StepKind::set_passwords, "set_passwords"},
     {StepKind::publish_serial, "publish_serial"},
     {StepKind::publish_vnc, "publish_vnc"},
     {StepKind::unpause, "unpause"},
     {StepKind::leave_paused, "leave_paused"}}};

}  // namespace xenlaunch
