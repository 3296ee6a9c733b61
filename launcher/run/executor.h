#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "launcher/host/host_access.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/plan/render.h"
#include "launcher/run/launch_settings.h"
#include "launcher/undo/undo_log.h"
#include "xenstore/watch.h"

namespace xenlaunch {

/// Performs the steps of a plan, one after another, each through the undo log.
class Executor {
 public:
  /// `domain` is where the executor notes the domain it makes.
  Executor(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
           Progress& progress, Journal& journal, UndoLog& undo, DomainIdentity& domain);

  /// Locks the devices, without touching them.
  void lock_devices();
  /// The devices, which stay with the VM over its restarts.
  void take_devices();
  /// A domain with all that belongs to it. Each of these throws Error naming the step that failed,
  /// with everything done before it in the undo log. A request to stop that came in between is
  /// ExitCode::interrupted.
  void start_domain();
  /// What belongs to this process alone, and not to the domain that has been taken down.
  void forget_domain();

 private:
  template <typename Filter>
  void run(Filter filter);
  void perform(const Step& step);
  void bind_to_pciback(const Step& step);
  void switch_rom_on(const Step& step);
  void create_domain(const Step& step);
  void adopt_domain(const Step& step);
  void configure_domain();
  void write_domain_nodes(const Step& step);
  void assign_to_domain(const Step& step);
  void write_pci_nodes(const Step& step);
  void start_device_model(const Step& step);
  void release_device_model(const Step& step);
  void build_domain();
  void introduce_domain();
  void await_device_model();
  void insert_device(const Step& step);
  void publish_serial();
  void unpause(const Step& step);

  void simply(const Step& step, const std::function<void()>& change) {
    undo_.doing(step.action, {}, change);
  }
  void require_answer(const PciAddress& device);
  void write_device_model_pid();
  std::string device_model_node(const std::string& name) const;
  void fail_unless_starting(Event event) const;
  Domid domid() const { return *domain_.domid; }
  Domid daemon_domid(const std::string& path) const;
  const PciFunction& function(const Step& step) const {
    return plan_.devices[*step.device].function;
  }

  const LaunchPlan& plan_;
  const LaunchSettings& settings_;
  HostAccess host_;
  Progress& progress_;
  Journal& journal_;
  UndoLog& undo_;
  DomainIdentity& domain_;
  std::vector<std::shared_ptr<void>> locks_;
  std::optional<Watch> device_model_watch_;
  pid_t device_model_pid_ = 0;
  Facts facts_;
  ChannelPorts ports_;
  RingFrames rings_;
};

}  // namespace xenlaunch
