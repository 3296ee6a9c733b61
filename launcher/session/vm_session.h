#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/event_loop.h"
#include "base/log_file.h"
#include "launcher/config/host_settings.h"
#include "launcher/host/this_host.h"
#include "launcher/run/launch.h"
#include "launcher/run/settle_devices.h"
#include "launcher/run/vm_request.h"
#include "launcher/session/progress_group.h"
#include "launcher/undo/journal_content.h"
#include "launcher/undo/remains.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {

/// What an earlier launcher has left of a VM, and its account of that.
struct LeftVm {
  Remains remains = Remains::nothing;
  JournalContent journal{};
};

/// This process as the launcher of one VM: it holds the VM's name, its folder below /run/xenlaunch
/// and its log.
class VmSession {
 public:
  /// Takes the VM's lock, so that nobody else is its launcher. Throws Error (ExitCode::host)
  /// "cannot ACTION: HOLDER holds it". `progress` and the log are told everything.
  VmSession(const ThisHost& host, const std::string& vm, const std::string& action,
            const std::string& purpose, Progress& progress);
  ~VmSession();

  /// What an earlier launcher has left. Connects to Xen and xenstored where there is something.
  LeftVm look_for_remains();
  /// Undoes it. Throws Error (ExitCode::host_left_changed) where that does not wholly succeed; then
  /// it can be tried again.
  void undo_remains(const JournalContent& left, const HostSettings& host_settings);
  /// Stays with the VM that still runs. `started` is called as soon as it is looked after.
  ExitCode take_over(const JournalContent& left, const HostSettings& host_settings,
                     const std::function<void(Domid)>& started);
  /// Starts the VM and stays with it.
  ExitCode start(const VmRequest& request, const HostSettings& host_settings,
                 const std::function<void(Domid)>& started);

 private:
  std::unique_ptr<DescriptorWatch> keep_bounded(LogFile& file);
  void keep_serial_bounded(const SerialConfig& serial);
  void connect();
  HostAccess host();
  LaunchSettings settings(std::chrono::seconds ready_timeout, const HostSettings& host_settings,
                          const std::function<void(Domid)>& started);
  LaunchPlan plan_to_undo(const JournalContent& left) const;
  void tell_chosen(const VmConfig& vm, const DeviceChoice& choice);
  ExitCode conclude(const LaunchResult& result);
  template <typename Action>
  auto logged(Action action) -> decltype(action());

  ThisHost this_host_;
  std::string vm_;
  LogFile log_;
  LogProgress log_progress_;
  ProgressGroup progress_;
  std::unique_ptr<Locks> locks_;
  std::shared_ptr<void> lock_;
  StateFolder folder_;
  EventLoop events_;
  std::unique_ptr<DescriptorWatch> log_watch_;
  std::optional<LogFile> serial_;  ///< the guest's first serial port, where that goes to a file
  std::unique_ptr<DescriptorWatch> serial_watch_;
  std::unique_ptr<PciBinder> pci_;
  std::unique_ptr<BlockBackends> disks_;
  std::unique_ptr<NicHost> nics_;
  std::unique_ptr<DeviceModel> device_model_;
  std::unique_ptr<Hypervisor> xen_;
  std::unique_ptr<Store> store_;
};

}  // namespace xenlaunch
