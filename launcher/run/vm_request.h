#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "launcher/config/host_settings.h"
#include "launcher/host/pci_function.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/plan/start_mode.h"
#include "launcher/xen/domains.h"

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

/// What a VM file asks for on the host below `root`, of whose PCI functions only those are read
/// that it names. Throws Error as read_vm_file, read_host_pci and resolve do.
VmRequest read_vm_request(const std::filesystem::path& vm_file, const std::filesystem::path& root,
                          const HostSettings& settings, const StartMode& mode = {});

}  // namespace xenlaunch
