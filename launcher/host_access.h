#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "devicemodel/device_model.h"
#include "devicemodel/event_loop.h"
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

/// Told how a start and a teardown go on.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void step(const std::string& text) = 0;  ///< begun
  virtual void info(const std::string& text) = 0;
  virtual void warning(const std::string& text) = 0;
};

}  // namespace xenlaunch
