#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "launcher/config/host_settings.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/pci_function.h"
#include "launcher/host/qemu_answers.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/plan/start_mode.h"
#include "launcher/xen/domains.h"

namespace xenlaunch {

/// What somebody asks to be started.
struct VmRequest {
  VmConfig vm;
  std::string
      vm_file_text;  ///< kept for the VM's life: a restart is what the file said at the start
  StartMode mode{};
  std::chrono::seconds ready_timeout{60};  ///< for QEMU
  std::optional<Domid> attach_to;          ///< a domain that a toolstack has built
};

/// Throws Error as read_vm_file does.
VmRequest read_vm_request(const std::filesystem::path& vm_file, const StartMode& mode = {});

/// How a VM is to be started on a host, and the functions that this was decided by; none where it
/// passes no device.
struct PlannedVm {
  LaunchPlan plan;
  HostPci pci;
};

/// Plans `vm`, whose devices are chosen, on the host below `root`, of whose PCI functions only
/// those are read that it names. `left_out` comes before what the plan leaves out. What the plan
/// takes of its QEMU is asked, and `kept`, unless the host is a copy. Throws Error as read_host_pci
/// and resolve do.
PlannedVm plan_vm(const VmConfig& vm, const std::vector<Finding>& left_out,
                  const std::filesystem::path& root, const HostSettings& settings,
                  const StartMode& mode, const AnswersFolder& kept);

}  // namespace xenlaunch
