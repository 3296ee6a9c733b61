#include "launcher/session/vm_session.h"

#include <algorithm>

#include "base/error.h"
#include "base/uuid.h"
#include "devicemodel/find_qemu.h"
#include "launcher/checks/start_checks.h"
#include "launcher/plan/primary_card.h"
#include "launcher/run/settle_devices.h"
#include "launcher/session/vm_status.h"
#include "launcher/undo/file_journal.h"

namespace xenlaunch {
namespace {

/// Passed and emulated.
std::ptrdiff_t gpus_of(const LaunchPlan& plan) {
  const bool is_emulated =
      plan.video.card == VideoCard::standard_vga || plan.video.card == VideoCard::cirrus;
  return std::ranges::count_if(
             plan.devices,
             [](const PlannedDevice& device) { return is_physical_gpu(device.function); }) +
         (is_emulated ? 1 : 0);
}

/// Those of `chosen` that the plan has: what is optional and missing is left out of it.
ChosenDevices devices_in(const LaunchPlan& plan, ChosenDevices chosen) {
  std::erase_if(chosen, [&plan](const auto& device) {
    return std::ranges::none_of(plan.devices, [&device](const PlannedDevice& planned) {
      return planned.function.address == device.second;
    });
  });
  return chosen;
}

}  // namespace

VmSession::VmSession(const ThisHost& host, const std::string& vm, const std::string& action,
                     const std::string& purpose, Progress& progress)
    : this_host_{host},
      vm_{vm},
      log_{host.directories.log(vm)},
      log_progress_{log_},
      progress_{{&progress, &log_progress_}},
      locks_{make_file_locks(host.directories.locks, purpose)},
      lock_{locks_->take("vm-" + vm, action)},
      folder_{host.directories.state, vm},
      pci_{make_sysfs_pci_binder("/")},
      disks_{make_sysfs_block_backends("/")},
      nics_{make_nic_host("/")} {
  device_model_ = make_device_model(events_);
  log_.close_to_others();
  log_watch_ = keep_bounded(log_);
}

/// A guest can make it grow without end: it is looked at while others are waited for, too.
std::unique_ptr<DescriptorWatch> VmSession::keep_bounded(LogFile& file) {
  if (file.change_fd() < 0) return nullptr;
  return events_.watch(
      file.change_fd(),
      [&file] {
        file.keep_bounded();
        file.take_changes();
        return true;
      },
      [this, &file] {
        log_.say(file.path().string() +
                 " grows so fast that it is looked at 500 times a second and no more");
      });
}

/// As the log, where it is a file of its own: a link or a device may be anybody's.
void VmSession::keep_serial_bounded(const SerialConfig& serial) {
  if (serial.kind != SerialConfig::Kind::file) return;
  std::error_code ignored;
  const std::filesystem::path path{serial.path};
  const std::filesystem::file_type type = std::filesystem::symlink_status(path, ignored).type();
  const bool will_be_made = type == std::filesystem::file_type::not_found &&
                            std::filesystem::is_directory(path.parent_path(), ignored);
  if (type != std::filesystem::file_type::regular && !will_be_made) return;
  serial_.emplace(path);
  serial_watch_ = keep_bounded(*serial_);
}

VmSession::~VmSession() = default;

/// An error that ends the VM's life belongs into its log, too.
template <typename Action>
auto VmSession::logged(Action action) -> decltype(action()) {
  try {
    return action();
  } catch (const std::exception& error) {
    log_.say(std::string{"error: "} + error.what());
    throw;
  }
}

void VmSession::connect() {
  if (!xen_) xen_ = this_host_.xen();
  if (!store_) store_ = this_host_.store();
  events_.watch_store(store_->change_fd(), [this] {
    log_.say(
        "xenstored tells of changes so fast that they are looked at 500 times a second and no "
        "more");
  });
}

HostAccess VmSession::host() {
  return {*pci_, *disks_, *nics_, *xen_, *store_, *device_model_, events_, *locks_};
}

LaunchSettings VmSession::settings(std::chrono::seconds ready_timeout,
                                   const HostSettings& host_settings,
                                   const std::function<void(Domid)>& started) {
  LaunchSettings settings;
  settings.directories = this_host_.directories;
  settings.ready_timeout = ready_timeout;
  settings.return_without_reset = host_settings.return_without_reset;
  settings.trusted_folders = host_settings.trusted_folders;
  settings.judge = refuse_what_dom0_lives_on;
  settings.on_started = started;
  settings.stop_requested = [this] { return folder_.stop_requested(); };
  return settings;
}

LeftVm VmSession::look_for_remains() {
  const std::optional<JournalContent> left = read_remains(folder_, vm_, progress_);
  if (!left) return {};
  connect();
  const std::optional<DomainState> domain = left->domid ? xen_->domain(*left->domid) : std::nullopt;
  return {.remains = what_remains(*left, domain, left->domid && find_qemu(*left->domid)),
          .journal = *left};
}

/// All that undoing needs of a plan: the file may be gone, or no longer fit the host.
LaunchPlan VmSession::plan_to_undo(const JournalContent& left) const {
  LaunchPlan plan;
  plan.vm.name = vm_;
  for (const PciAddress& address : devices_of(left)) {
    PlannedDevice device;
    device.function.address = address;
    plan.devices.push_back(device);
  }
  return plan;
}

void VmSession::undo_remains(const JournalContent& left, const HostSettings& host_settings) {
  logged([&] {
    connect();
    const LaunchPlan plan = plan_to_undo(left);
    const LaunchSettings settings{.return_without_reset = host_settings.return_without_reset};
    FileJournal journal{folder_.journal(), left};
    Launch launch{plan, settings, host(), journal, left.header, progress_};
    const std::string not_undone = launch.undo(left);
    if (!not_undone.empty())
      throw Error{ExitCode::host_left_changed,
                  "cannot give back everything that an earlier launcher of " + vm_ +
                      " had taken:" + not_undone};
    folder_.remove();
    progress_.info(vm_ + ": everything that its launcher had left was given back");
  });
}

ExitCode VmSession::take_over(const JournalContent& left, const HostSettings& host_settings,
                              const std::function<void(Domid)>& started) {
  return logged([&] {
    connect();
    const VmRequest request =
        read_vm_request(folder_.vm_file(), {.attach = !left.header.owns_domain, .take_over = true});
    // What the guest has, whatever is there by now.
    const std::optional<ChosenDevices> devices = folder_.read_devices();
    LaunchPlan plan =
        plan_vm(devices ? with_chosen(request.vm, *devices) : request.vm, {}, "/", host_settings,
                request.mode, {.path = this_host_.directories.qemu_answers(), .may_write = true})
            .plan;
    plan.vm.uuid = left.header.uuid;
    keep_serial_bounded(plan.vm.serial);
    tell_warnings(plan.left_out, progress_);
    const LaunchSettings settings =
        this->settings(LaunchSettings{}.ready_timeout, host_settings, started);
    FileJournal journal{folder_.journal(), left};
    Launch launch{plan, settings, host(), journal, left.header, progress_};
    return conclude(launch.take_over(left));
  });
}

void VmSession::tell_chosen(const VmConfig& vm, const DeviceChoice& choice) {
  for (const std::string& chosen : what_was_chosen(vm, choice)) progress_.info(vm_ + ": " + chosen);
  for (const auto& [index, function] : choice.selected)
    progress_.event({.event = "device",
                     .name = "chosen",
                     .device = function.address.to_string(),
                     .text = to_string(*vm.pci[index].select)});
}

ExitCode VmSession::start(const VmRequest& request, const HostSettings& host_settings,
                          const std::function<void(Domid)>& started) {
  return logged([&] {
    const SettledVm settled =
        settle_devices(request.vm, this_host_, "/", host_settings, locks_.get(), progress_);
    tell_chosen(request.vm, settled.choice);
    const auto [plan, pci] =
        plan_vm(settled.vm, settled.choice.left_out, "/", host_settings, request.mode,
                {.path = this_host_.directories.qemu_answers(), .may_write = true});
    progress_.info(vm_ + ": video card " + to_string(plan.video.card) + ", because " +
                   plan.video.because);
    if (const auto primary = primary_card(plan); primary && gpus_of(plan) > 1)
      progress_.info(vm_ + ": the guest's primary card is " + to_string(*primary));
    Connections connections =
        connect_and_check(this_host_, plan, pci, host_settings, request.attach_to, progress_);
    tell_warnings(plan.left_out, progress_);
    events_.forget_store();  // the one that looked at remains
    xen_ = std::move(connections.xen);
    store_ = std::move(connections.store);
    connect();
    // One for all restarts: a guest may tie its licence to it.
    std::string uuid = plan.vm.uuid.value_or(random_uuid());
    if (request.attach_to)
      if (const auto domain = xen_->domain(*request.attach_to)) uuid = domain->uuid;
    const JournalHeader header{.vm = vm_, .uuid = uuid, .owns_domain = !request.attach_to};
    const LaunchSettings settings = this->settings(request.ready_timeout, host_settings, started);
    keep_serial_bounded(plan.vm.serial);
    folder_.make(request.vm_file_text, devices_in(plan, settled.choice.devices));
    remember_choice(vm_, settled.choice, this_host_, progress_);
    try {
      FileJournal journal{folder_.journal(), header};
      Launch launch{plan, settings, host(), journal, header, progress_, request.attach_to};
      return conclude(launch.run());
    } catch (const Error& error) {
      if (error.code != ExitCode::host_left_changed) folder_.remove();
      throw;
    }
  });
}

ExitCode VmSession::conclude(const LaunchResult& result) {
  if (!result.not_undone.empty())
    throw Error{ExitCode::host_left_changed, "cannot leave the host as it was: " + result.message +
                                                 result.not_undone +
                                                 "\n`xenlaunch recover` tries again"};
  folder_.remove();
  if (result.end == Verdict::device_model_died) throw Error{ExitCode::device_model, result.message};
  return result.code;
}

}  // namespace xenlaunch
