#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "launcher/host/host_access.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/plan/render.h"
#include "launcher/run/handed_images.h"
#include "launcher/run/launch_settings.h"
#include "launcher/undo/undo_log.h"
#include "xenstore/watch.h"

namespace xenlaunch {

/// Performs the steps of a plan, one after another, each through the undo log with the step's own
/// undo. The locks are the launch's and the session's to take.
class Executor {
 public:
  Executor(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
           Progress& progress, UndoLog& undo);

  /// The devices, which stay with the VM over its restarts.
  void take_devices();
  /// A domain with all that belongs to it; the undo log is told its number. Each of the two throws
  /// Error naming the step that failed, with everything done before it in the undo log. A request
  /// to stop that came in between is ExitCode::interrupted.
  void start_domain();

 private:
  struct NicScript {
    std::size_t nic;
    std::unique_ptr<RunningScript> running;
    bool is_of_vif;
  };
  void take(const Step& step, const PlannedDevice& device);
  void reset_for_guest(const PciFunction& function, bool is_strict);
  void run_steps();
  void run(const Step& step, const std::function<void()>& change);
  void perform(const Step& step);
  void create_domain();
  void adopt_domain();
  void configure_domain();
  void note_owner(const PciAddress& device);
  void assign_to_domain(const Step& step);
  void start_device_model();
  void spawn_device_model();
  /// Of QEMU; nullopt where the kernel has none.
  std::optional<Confinement> confinement(const std::vector<std::filesystem::path>& written,
                                         int namespaces);
  /// Likewise of what serves QEMU.
  std::optional<Confinement> confinement_of_ours();
  void add_disk_server(DeviceModelStart& start, const std::vector<HandedImage>& images);
  Companion disk_server(const std::vector<HandedImage>& images,
                        const std::optional<FileRules>& wall);
  Companion store_filter();
  void add_broker(DeviceModelStart& start);
  void release_device_model();
  void join_control_group();
  void build_domain();
  void introduce_domain();
  void await_device_model();
  void insert_device(const Step& step);
  void await_disks();
  std::string last_said() const;
  bool await_answer(std::chrono::steady_clock::time_point deadline);
  void await_served_disks(std::chrono::steady_clock::time_point deadline);
  void set_passwords();
  void publish_serial();
  void publish_vnc();
  /// The descriptors that are open until QEMU has them.
  std::vector<FileDescriptor> hand_taps(DeviceModelStart& start);
  void start_vif_script(const Step& step);
  void start_tap_script(const Step& step);
  void await_nic_scripts();

  bool holds_device_model() const;
  void write_device_model_pid();
  void start_script(const Step& step, NicAction action);
  std::string problem_of(NicScript& script);
  std::string vif_backend(std::size_t nic) const;
  uid_t user_of_qemu() const;
  std::string device_model_node(const std::string& name) const;
  void fail_unless_starting(Event event) const;
  void ask_device_model(const std::function<void()>& question);
  Domid domid() const { return *undo_.domain().domid; }
  Domid daemon_domid(const std::string& path) const;
  const PciAddress& address(const Step& step) const {
    return plan_.devices[*step.device].function.address;
  }

  const LaunchPlan& plan_;
  const LaunchSettings& settings_;
  HostAccess host_;
  Progress& progress_;
  UndoLog& undo_;
  std::optional<Domid> created_;  ///< by the step that is performed
  std::optional<Watch> device_model_watch_;
  pid_t device_model_pid_ = 0;
  std::vector<NicScript> scripts_;  ///< that run beside the steps
  Facts facts_;
  ChannelPorts ports_;
  RingFrames rings_;
};

}  // namespace xenlaunch
