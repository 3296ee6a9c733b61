#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "launcher/plan/launch_plan.h"
#include "launcher/xen/hypervisor.h"

namespace xenlaunch {

/// What somebody asks to be started.
struct VmRequest {
  LaunchPlan plan;
  HostPci pci;  ///< what the plan was made from; none where it passes no device
  std::string
      vm_file_text;  ///< kept for the VM's life: a restart is what the file said at the start
  std::chrono::seconds ready_timeout{60};  ///< for QEMU
  std::optional<Domid> attach_to;          ///< a domain that a toolstack has built
};

}  // namespace xenlaunch
