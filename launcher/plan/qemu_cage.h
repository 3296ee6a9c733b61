#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// Whether QEMU has to be in dom0's network: it listens there, makes tap devices, hears of USB
/// devices, or may be told to do any of that by arguments of the user's.
bool needs_network(const LaunchPlan& plan);

/// Has QEMU's tap devices made for it where it is confined, and needs dom0's network for nothing
/// else.
void set_taps(LaunchPlan& plan);

/// Whether QEMU becomes a user of its own, with a root of its own, once it has opened what it
/// needs.
struct UserChoice {
  std::optional<QemuUsers> users;  ///< nullopt: it stays root
  std::string because;             ///< why it does; reads on from "QEMU runs as root, because "
  friend bool operator==(const UserChoice&, const UserChoice&) = default;
};

/// `first` is the user of domain 0, `can_confine` whether the kernel can. What would not work as
/// another user keeps it root; and so do, unless the VM file says `user: own`, arguments of the
/// user's, of which nobody knows what they open when.
UserChoice choose_user(const LaunchPlan& plan, std::uint32_t first, bool can_confine);

/// Why no VM's QEMU can be a user of its own that is restricted to its domain, by the options that
/// it knows; "" where those without passed devices can. Reads on from "because ".
std::string why_never_restricted(const QemuHelp& help);

/// Has QEMU be that user: what it would open too late for that it gets as descriptors. It is
/// restricted to its own domain, too, and another QEMU serves the paravirtual disks where one has
/// to; with passed devices only if the VM file says so.
void set_user(LaunchPlan& plan, const UserChoice& user);

/// Whether a process beside QEMU does for it what the restriction keeps it from.
bool needs_broker(const LaunchPlan& plan);

/// Whether QEMU gets a control group of its own. In a unit of systemd's that was made for xenlaunch
/// (`our_unit`, "" where there is none) it does only if the VM file has limits or says so.
void set_control_group(LaunchPlan& plan, const GroupLack& lack, const std::string& our_unit);

/// Whether a start without one is to be refused.
bool needs_control_group(const VmConfig& vm);
/// Why this one is; "" where it is not.
std::string why_not_limited(const LaunchPlan& plan);

/// The limits of its control group.
ResourceLimits limits_of(const LaunchPlan& plan);

/// The same for people: "at most 1024 tasks and 512 MiB of memory, a processor weight of 50".
std::string describe_limits(const ResourceLimits& limits);

/// What QEMU is kept from, as programs know it: "files", "system_calls", "privileges", "ipc",
/// "network", "user", "root" (its root folder) and "domains" (all but its own); where the kernel
/// has what that takes.
std::vector<std::string> planned_confinement(const LaunchPlan& plan);

/// The same for people: "confined: files, system calls, …".
std::string describe_confinement(const std::vector<std::string>& confinement);

}  // namespace xenlaunch
