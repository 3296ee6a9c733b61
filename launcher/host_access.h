#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "devicemodel/device_model.h"
#include "devicemodel/event_loop.h"
#include "launcher/base/progress.h"
#include "launcher/host/pci_binder.h"
#include "launcher/locks.h"
#include "launcher/xen/hypervisor.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// Every way to touch the host.
struct HostAccess {
  PciBinder& pci;
  Hypervisor& xen;
  Store& store;
  DeviceModel& device_model;
  Events& events;
  Locks& locks;
};

/// What a start needs to know beside its plan.
struct LaunchSettings {
  std::filesystem::path log_directory = "/var/log/xenlaunch";
  std::chrono::seconds ready_timeout{60};  ///< for QEMU
  /// Called whenever a domain has been started: the guest runs, or is paused as it was asked for.
  std::function<void(Domid)> on_started = [](Domid) {};
  /// Whether somebody has asked for the VM's end: then its next end is its last.
  std::function<bool()> stop_requested = [] { return false; };

  std::filesystem::path log(const std::string& vm) const { return log_directory / (vm + ".log"); }
};

}  // namespace xenlaunch
