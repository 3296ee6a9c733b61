#pragma once

#include <optional>
#include <string>

#include "launcher/base/undo_stack.h"
#include "launcher/host_access.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/plan/render.h"

namespace xenlaunch {

/// Performs the steps of a plan, one after another, and leaves the undo of each on the stack.
class Executor {
 public:
  Executor(const LaunchPlan& plan, const LaunchSettings& settings, HostAccess host,
           Progress& progress, UndoStack& undo);

  /// Throws Error naming the step that failed, with everything done before it on the undo stack. A
  /// request to stop that came in between is ExitCode::interrupted.
  void run();

  Domid domid() const { return domid_; }

 private:
  void perform(const Step& step);
  void lock(const std::string& name, const std::string& action, const Step& step);
  void bind_to_pciback(const Step& step);
  void keep_for_giving_back(const PciFunction& device, const Step& step);
  void switch_rom_on(const Step& step);
  void create_domain(const Step& step);
  void write_domain_nodes(const Step& step);
  void assign_to_domain(const Step& step);
  void forget_owner(const PciAddress& device);
  void write_pci_nodes(const Step& step);
  void await_pciback(const std::string& state);
  void start_device_model(const Step& step);
  void build_domain();
  void introduce_domain();
  void await_device_model();
  void insert_device(const Step& step);
  void publish_serial();
  void unpause(const Step& step);

  std::string device_model_node(const std::string& name) const;
  void fail_unless_starting(Event event) const;
  Domid daemon_domid(const std::string& path) const;
  const PciFunction& function(const Step& step) const {
    return plan_.devices[*step.device].function;
  }

  const LaunchPlan& plan_;
  const LaunchSettings& settings_;
  HostAccess host_;
  Progress& progress_;
  UndoStack& undo_;
  Facts facts_;
  Domid domid_ = 0;
  Domid store_domid_ = 0;
  Domid console_domid_ = 0;
  ChannelPorts ports_;
  RingFrames rings_;
};

}  // namespace xenlaunch
