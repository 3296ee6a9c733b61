#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/xen_version.h"
#include "devicemodel/control_group_plan.h"
#include "devicemodel/device_model_spec.h"
#include "devicemodel/qemu_abilities.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/pci_function.h"
#include "launcher/plan/planned_disk.h"
#include "launcher/plan/undo.h"
#include "launcher/plan/video_card.h"
#include "launcher/xen/domains.h"

namespace xenlaunch {

/// step_names.h has their names.
enum class StepKind {
  lock_vm,
  lock_device,
  bind_to_pciback,
  note_dom0_owner,    ///< Xen quarantines a device that a guest has had; then it is dom0's again
  note_driver,        ///< in xenstore, where the xl tools look for it
  quarantine_device,  ///< of `pci assign` alone
  choose_reset,       ///< the method that the VM file names
  switch_rom_on,
  create_domain,
  adopt_domain,  ///< a domain that a toolstack has built
  configure_domain,
  write_domain_nodes,
  write_device_nodes,  ///< those of an adopted domain
  write_disk_nodes,    ///< those by which blkback learns of its disks
  await_disks,         ///< until blkback has opened them
  write_nic_nodes,     ///< from then on xen-netback makes the paravirtual cards
  start_vif_script,    ///< as soon as xen-netback has made a card's interface
  start_tap_script,    ///< as soon as QEMU has made it
  await_nic_scripts,
  note_owner,  ///< in xenstore, where the other tools look for it
  assign_to_domain,
  write_pci_nodes,
  start_device_model,
  release_device_model,  ///< it was held so that it does not look at its domain too early
  build_domain,
  introduce_domain,
  await_device_model,
  insert_device,  ///< profile traditional: QEMU is told of a device through xenstore
  set_passwords,  ///< of the screen
  publish_serial,
  publish_vnc,
  unpause,
  leave_paused,  ///< somebody else lets it run
};

/// One change to the host, and what takes it back.
struct Step {
  StepKind kind{};
  std::optional<std::size_t>
      device{};          ///< index into LaunchPlan::devices, for the steps of one device
  std::string action{};  ///< "bind 0000:00:02.0 to pciback"
  Undo undo{};
  std::optional<std::size_t> nic{};  ///< index into LaunchPlan::nics, for those of one card
  friend bool operator==(const Step&, const Step&) = default;
};

struct PlannedDevice {
  PciFunction function;
  bool integrated = false;
  std::optional<std::string> reset{};  ///< the method that the VM file names
  /// Whether QEMU takes it for Intel's integrated GPU: keeps the guest's slot 2 for it, and reads
  /// its video BIOS.
  bool is_qemus_igd() const { return integrated && function.address == igd_address; }
  friend bool operator==(const PlannedDevice&, const PlannedDevice&) = default;
};

/// Everything that a start will do, as a value: equal VM files and equal hosts give equal plans.
struct LaunchPlan {
  VmConfig vm;
  XenVersion xen;  ///< the host's
  ResolvedVideo video;
  std::vector<PlannedDevice> devices;  ///< in the order of the VM file
  std::vector<PlannedDisk> disks;      ///< in that order, too
  std::vector<Finding> left_out;       ///< what the guest goes without; each is a warning
  std::vector<NicConfig> nics;         ///< likewise, each with its address
  DomainSpec domain;
  DeviceModelSpec device_model;
  QemuAbilities qemu;        ///< of the QEMU that will run, as far as the plan takes them
  std::string root_because;  ///< why QEMU stays root; "" where it does not, or was not decided
  /// Why QEMU is not restricted to its domain; "" where it is, or that was not decided.
  std::string unrestricted_because{};
  /// Why QEMU gets no control group of its own; empty where it does, or that was not decided.
  GroupLack no_group{};
  std::vector<Step> steps;  ///< in order; the undo runs in reverse
  friend bool operator==(const LaunchPlan&, const LaunchPlan&) = default;
};

}  // namespace xenlaunch
