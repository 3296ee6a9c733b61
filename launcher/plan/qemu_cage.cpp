#include "launcher/plan/qemu_cage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/size.h"
#include "devicemodel/qemu_args.h"

namespace xenlaunch {

namespace {

bool needs_network_but_for_taps(const VmConfig& vm) {
  const bool listens = (vm.vnc && !vm.vnc->socket) || vm.spice;
  // libusb hears of a device that is plugged in again over dom0's netlink.
  return listens || !vm.usb.devices.empty() || !vm.device_model.extra_args.empty();
}

}  // namespace

bool needs_network(const LaunchPlan& plan) {
  const bool makes_taps = !plan.device_model.nics.empty() && !plan.device_model.handed_taps;
  return makes_taps || needs_network_but_for_taps(plan.vm);
}

void set_taps(LaunchPlan& plan) {
  plan.device_model.handed_taps = plan.vm.device_model.confined &&
                                  !plan.device_model.nics.empty() &&
                                  !needs_network_but_for_taps(plan.vm);
}

namespace {

constexpr const char* no_user_option = "it knows neither -run-with user= nor -runas and -chroot";

/// The option by which QEMU can do both; nullopt: it has none.
std::optional<UserOption> user_option(const QemuHelp& help) {
  const auto knows = [&help](const char* option) { return help.options.contains(option); };
  if (knows("run-with user") && knows("run-with chroot")) return UserOption::run_with;
  if (knows("runas") && knows("chroot")) return UserOption::runas;
  return std::nullopt;
}

/// The first of the paravirtual disks that a QEMU serves, of those that `is_it`.
template <typename Test>
const PlannedDisk* find_served(const LaunchPlan& plan, Test is_it) {
  const auto found = std::ranges::find_if(plan.disks, [&is_it](const PlannedDisk& disk) {
    return disk.backend == DiskBackend::qdisk && is_it(disk);
  });
  return found == plan.disks.end() ? nullptr : &*found;
}

const PlannedDisk* find_served(const LaunchPlan& plan) {
  return find_served(plan, [](const PlannedDisk&) { return true; });
}

const PlannedDisk* find_linked(const LaunchPlan& plan) {
  return find_served(plan, [](const PlannedDisk& disk) { return !disk.links.empty(); });
}

/// What keeps a QEMU that is a user of its own from being restricted; "" where nothing does. What
/// it does for paravirtual disks takes xenstore, and grants of the guest's: there another one has
/// to serve them. What it does for passed devices the broker can do, but for the OpRegion of an
/// integrated GPU: memory that no BAR tells of.
std::string why_all_domains(const LaunchPlan& plan) {
  if (plan.vm.device_model.restricted == false) return "the VM file says so";
  const auto knows = [&plan](const char* option) {
    return plan.qemu.help && plan.qemu.help->options.contains(option);
  };
  if (!knows("xen-domid-restrict")) return "QEMU does not know -xen-domid-restrict";
  if (const PlannedDisk* served = find_served(plan); served && !knows(disk_server_option))
    return "QEMU serves the paravirtual disk " + served->config.target +
           " itself: it does not know -" + disk_server_option + ", by which another one could";
  if (std::ranges::any_of(plan.devices, &PlannedDevice::is_qemus_igd))
    return "QEMU gives the guest the OpRegion of the integrated GPU, which is memory of the host";
  if (!plan.devices.empty() && plan.vm.device_model.restricted != true)
    return "QEMU has passed devices; with device_model.restricted: true a broker serves them";
  return {};
}

/// What QEMU opens when it is another user already, and cannot be given; "" where there is none.
std::string opened_late(const LaunchPlan& plan) {
  const PlannedDisk* linked = find_linked(plan);
  if (linked && !why_all_domains(plan).empty())
    return "it serves the paravirtual disk " + linked->config.target +
           ", and opens the files that its image names when it has started";
  if (!plan.vm.usb.devices.empty()) return "it opens the host's USB devices as they come and go";
  return {};
}

std::string why_root(const LaunchPlan& plan, bool can_confine) {
  const DeviceModelConfig& config = plan.vm.device_model;
  if (config.user == QemuUser::root) return "the VM file says so";
  if (config.profile == DeviceModelProfile::traditional)
    return "the profile traditional can be no other user";
  if (!config.confined) return "device_model.confined is false";
  if (!can_confine) return "this kernel cannot confine it";
  if (const std::string what = opened_late(plan); !what.empty()) return what;
  if (!config.extra_args.empty() && config.user != QemuUser::own)
    return "extra_args may need that (device_model.user: own if they do not)";
  if (!plan.qemu.help) return "it has not said which options it knows";
  if (!user_option(*plan.qemu.help)) return no_user_option;
  return {};
}

}  // namespace

std::string why_never_restricted(const QemuHelp& help) {
  if (!user_option(help)) return no_user_option;
  for (const char* option : {"xen-domid-restrict", disk_server_option})
    if (!help.options.contains(option)) return std::string{"it does not know -"} + option;
  return {};
}

UserChoice choose_user(const LaunchPlan& plan, std::uint32_t first, bool can_confine) {
  const std::string because = why_root(plan, can_confine);
  if (!because.empty()) return {.because = because};
  return {.users = QemuUsers{.first = first, .option = *user_option(*plan.qemu.help)}};
}

namespace {

void hand_images(LaunchPlan& plan) {
  std::vector<std::string>& handed = plan.device_model.handed_images;
  for (PlannedDisk& disk : plan.disks) {
    if (disk.backend != DiskBackend::qdisk) continue;
    disk.handed = handed.size();
    handed.push_back(disk.config.target);
  }
}

std::string why_not_restricted(const LaunchPlan& plan) {
  const std::string because = why_all_domains(plan);
  if (plan.device_model.users || plan.vm.device_model.restricted == false) return because;
  return "QEMU stays root, because " + plan.root_because;
}

DiskServer disk_server_of(const LaunchPlan& plan) {
  if (!plan.device_model.restricted || !find_served(plan)) return DiskServer::none;
  return find_linked(plan) ? DiskServer::root : DiskServer::own_user;
}

}  // namespace

bool needs_broker(const LaunchPlan& plan) {
  return plan.device_model.restricted && !plan.devices.empty();
}

void set_user(LaunchPlan& plan, const UserChoice& user) {
  plan.root_because = user.because;
  plan.device_model.users = user.users;
  plan.unrestricted_because = why_not_restricted(plan);
  plan.device_model.restricted = plan.unrestricted_because.empty();
  plan.device_model.disk_server = disk_server_of(plan);
  if (user.users && plan.device_model.disk_server != DiskServer::root) hand_images(plan);
}

bool needs_control_group(const VmConfig& vm) {
  return vm.device_model.control_group == true || vm.device_model.limits;
}

std::string why_not_limited(const LaunchPlan& plan) {
  if (!needs_control_group(plan.vm) || plan.no_group.because.empty()) return {};
  return "there is no control group for it, because " + plan.no_group.because;
}

void set_control_group(LaunchPlan& plan, const GroupLack& lack, const std::string& our_unit) {
  if (plan.vm.device_model.control_group == false)
    plan.no_group = {"the VM file says so", "remove device_model.control_group"};
  else if (!lack.because.empty())
    plan.no_group = lack;
  else if (!our_unit.empty() && !needs_control_group(plan.vm))
    plan.no_group = {"xenlaunch runs in " + our_unit + ", which was made for it", ""};
}

ResourceLimits limits_of(const LaunchPlan& plan) {
  return plan.vm.device_model.limits.value_or(ResourceLimits{});
}

std::string describe_limits(const ResourceLimits& limits) {
  std::string text = fmt::format("at most {} tasks", limits.tasks);
  if (limits.memory_mib) text += fmt::format(" and {} of memory", format_mib(*limits.memory_mib));
  if (limits.cpu_weight) text += fmt::format(", a processor weight of {}", *limits.cpu_weight);
  return text;
}

std::vector<std::string> planned_confinement(const LaunchPlan& plan) {
  if (!plan.vm.device_model.confined) return {};
  std::vector<std::string> confinement{"files", "system_calls", "privileges", "ipc"};
  if (!needs_network(plan)) confinement.emplace_back("network");
  if (plan.device_model.users) confinement.insert(confinement.end(), {"user", "root"});
  if (plan.device_model.restricted) confinement.emplace_back("domains");
  return confinement;
}

std::string describe_confinement(const std::vector<std::string>& confinement) {
  if (confinement.empty()) return "not confined";
  std::vector<std::string> words = confinement;
  for (std::string& word : words) {
    std::ranges::replace(word, '_', ' ');
    if (word == "ipc") word = "IPC";
    if (word == "root") word = "root folder";
    if (word == "domains") word = "other domains";
  }
  return fmt::format("confined: {}", fmt::join(words, ", "));
}

}  // namespace xenlaunch
