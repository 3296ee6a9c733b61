#pragma once

#include <chrono>
#include <filesystem>

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
};

}  // namespace xenlaunch
