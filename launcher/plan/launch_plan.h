#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devicemodel/device_model_spec.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/pci_function.h"
#include "launcher/plan/video_card.h"
#include "launcher/xen/domains.h"

namespace xenlaunch {

enum class StepKind {
  lock_vm,
  lock_device,
  bind_to_pciback,
  switch_rom_on,
  create_domain,
  adopt_domain,  ///< a domain that a toolstack has built
  configure_domain,
  write_domain_nodes,
  write_device_nodes,  ///< those of an adopted domain
  assign_to_domain,
  write_pci_nodes,
  start_device_model,
  release_device_model,  ///< it was held so that it does not look at its domain too early
  build_domain,
  introduce_domain,
  await_device_model,
  insert_device,  ///< profile traditional: QEMU is told of a device through xenstore
  publish_serial,
  unpause,
};

/// "lock_vm", "lock_device", …: the names by which programs know the steps.
std::string_view to_string(StepKind kind);

/// One change to the host. Both texts are for people; `undo` is empty where nothing has to be
/// undone, or where undoing an earlier step (destroying the domain) undoes this one too.
struct Step {
  StepKind kind{};
  std::optional<std::size_t>
      device;          ///< index into LaunchPlan::devices, for the steps of one device
  std::string action;  ///< "bind 0000:00:02.0 to pciback"
  std::string undo;    ///< "give 0000:00:02.0 back to i915"
  friend bool operator==(const Step&, const Step&) = default;
};

struct PlannedDevice {
  PciFunction function;
  bool integrated = false;
  friend bool operator==(const PlannedDevice&, const PlannedDevice&) = default;
};

/// Everything that a start will do, as a value: equal VM files and equal hosts give equal plans.
struct LaunchPlan {
  VmConfig vm;
  ResolvedVideo video;
  std::vector<PlannedDevice> devices;  ///< in the order of the VM file
  DomainSpec domain;
  DeviceModelSpec device_model;
  std::vector<Step> steps;  ///< in order; the undo runs in reverse
  friend bool operator==(const LaunchPlan&, const LaunchPlan&) = default;
};

}  // namespace xenlaunch
