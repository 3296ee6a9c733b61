#pragma once

#include "base/event_loop.h"
#include "devicemodel/device_model.h"
#include "launcher/host/block_backends.h"
#include "launcher/host/locks.h"
#include "launcher/host/nic_host.h"
#include "launcher/host/pci_binder.h"
#include "launcher/xen/hypervisor.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// Every way to touch the host.
struct HostAccess {
  PciBinder& pci;
  BlockBackends& disks;
  NicHost& nics;
  Hypervisor& xen;
  Store& store;
  DeviceModel& device_model;
  Events& events;
  Locks& locks;
};

}  // namespace xenlaunch
