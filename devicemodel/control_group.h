#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/spawn.h"
#include "devicemodel/control_group_plan.h"
#include "devicemodel/group_maker.h"

// Control groups of version 2 (Documentation/admin-guide/cgroup-v2.rst of Linux): what QEMU and
// what is beside it may take of dom0, and the means to end them all at once.

namespace xenlaunch {

struct ControlGroupRequest {
  std::uint32_t domid{};
  std::string vm;  ///< its name
  ResourceLimits limits{};
  friend bool operator==(const ControlGroupRequest&, const ControlGroupRequest&) = default;
};

/// The control group of the VM that is domain `domid`, wherever that may be: of these one is there
/// at most.
std::vector<std::filesystem::path> control_groups_of(const std::string& domid);

/// A control group, made for a VM: a scope of systemd's, or a folder of ours.
class ControlGroup {
 public:
  /// Begins to make it, which takes systemd some milliseconds.
  ControlGroup(const ControlGroupRequest& request, GroupMaker maker);
  /// Takes back what nobody has joined.
  ~ControlGroup();
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;
  ControlGroup(ControlGroup&&) = delete;
  ControlGroup& operator=(ControlGroup&&) = delete;

  /// Moves the processes there; those that have ended are passed over. Throws Error
  /// (ExitCode::device_model), also where one of the limits does not hold there: all are in it
  /// then.
  void join(const std::vector<pid_t>& processes);

 private:
  /// A program in systemd's scope that keeps it there: an empty one is removed.
  struct Holder {
    Child process;
    FileDescriptor input;
    FileDescriptor output;
  };
  void begin_scope();
  void await_scope();
  void make_folder();

  ControlGroupRequest request_;
  GroupMaker maker_;
  std::filesystem::path group_;
  std::optional<Holder> holder_;
  std::string problem_;
};

/// Kills what is in that control group, waits until nothing is, and removes it, or has systemd do
/// so. Fine where there is none. Throws Error (ExitCode::device_model).
void end_control_group(const std::filesystem::path& group);

}  // namespace xenlaunch
