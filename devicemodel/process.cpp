#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/log_file.h"
#include "base/pidfd.h"
#include "base/spawn.h"
#include "devicemodel/companions.h"
#include "devicemodel/device_model.h"
#include "devicemodel/find_qemu.h"
#include "devicemodel/held_start.h"
#include "devicemodel/last_words.h"
#include "devicemodel/qemu_user.h"
#include "devicemodel/qmp_client.h"

namespace xenlaunch {
namespace {

/// Removes what is shown: once it is mounted the names are needed no longer.
struct ViewsRemoved {
  const DeviceModelStart& start;
  ~ViewsRemoved() {
    std::error_code ignored;
    for (const FolderView& view : start.folder_views)
      std::filesystem::remove(view.scratch, ignored);
    for (const FileView& view : start.views) std::filesystem::remove(view.shown, ignored);
  }
};

class ProcessDeviceModel final : public DeviceModel {
 public:
  explicit ProcessDeviceModel(EventLoop& events) : events_{events} {}
  /// One that was adopted and that nobody has asked to end goes on without us.
  ~ProcessDeviceModel() override {
    try {
      if (is_child_) ProcessDeviceModel::kill({});
    } catch (const Error&) {  // nobody is left to be told
    }
  }

  pid_t spawn(const DeviceModelStart& start) override {
    const ViewsRemoved removed{start};
    if (::access(start.argv.front().c_str(), X_OK) != 0)
      throw_errno(ExitCode::device_model, errno, "run " + start.argv.front());
    const FileDescriptor output = open_log(start.log);
    const std::uintmax_t from = std::filesystem::file_size(start.log);
    const FileDescriptor input = start.hold
                                     ? make_hold(*start.hold)
                                     : FileDescriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    try {
      std::vector<GivenFile> given = start.given;
      std::vector<FileDescriptor> sockets;
      for (const Companion& companion : start.companions) {
        sockets.push_back(companions_.start(companion, output));
        if (companion.number)
          given.push_back({.ours = sockets.back().get(), .number = *companion.number});
      }
      Child child =
          xenlaunch::spawn({.argv = start.hold ? held(start.argv) : start.argv,
                            .input = input.get(),
                            .output = output.get(),
                            .errors = output.get(),
                            .new_session = true,
                            .makes_private_files = true,
                            .kept = start.kept,
                            .given = given,
                            .folder_views = start.folder_views,
                            .views = start.views,
                            .confinement = start.confinement ? &*start.confinement : nullptr,
                            .environment = start.environment},
                           ExitCode::device_model);
      watch(std::move(child), start.log, from);
    } catch (const Error& error) {
      std::error_code ignored;
      if (start.hold) std::filesystem::remove(*start.hold, ignored);
      try {
        companions_.end();
      } catch (const Error& hanging) {
        throw Error{ExitCode::host_left_changed, std::string{error.what()} + "; " + hanging.what()};
      }
      throw;
    }
    is_child_ = true;
    adopted_.reset();
    group_.reset();
    if (start.control_group)
      group_ = std::make_unique<ControlGroup>(*start.control_group, this_hosts_group_maker());
    return process_->pid;
  }

  void let_go(const std::filesystem::path& hold) override { xenlaunch::let_go(hold); }

  void join_control_group() override {
    const std::unique_ptr<ControlGroup> group = std::move(group_);
    if (!group) return;
    std::vector<pid_t> processes = companions_.processes();
    processes.push_back(process_->pid);
    group->join(processes);
  }

  void adopt(std::uint32_t domid, const std::filesystem::path& log,
             bool has_served_disks) override {
    adopted_ = domid;
    if (auto qemu = hold_found([domid] { return find_qemu(domid); })) {
      const bool is_restricted = is_restricted_qemu(qemu->pid);
      watch(std::move(*qemu), log, 0);
      return adopt_disk_server(domid, has_served_disks && is_restricted);
    }
    log_ = log;
    log_from_ = 0;
    end_ = ProcessEnd{.is_known = false};
  }

  std::optional<ProcessEnd> ended() override {
    return end_ || !loss_ ? end_ : ProcessEnd{.is_known = false};
  }

  std::optional<std::string> loss() override { return loss_; }

  std::optional<std::string> companion_ended() override { return companions_.ended(); }

  void kill(const DeviceModelRemains& remains) override {
    qmp_.reset();
    group_.reset();
    std::optional<Error> hanging;
    const auto attempt = [&hanging](const auto& end) {
      try {
        end();
      } catch (const Error& error) {
        if (!hanging) hanging = error;
      }
    };
    companions_.begin_to_end();
    attempt([this] { end_qemu(); });
    attempt([this] { companions_.end(); });
    attempt([this] {
      if (adopted_) end_companions_of(*adopted_);
    });
    if (remains.user) kill_all_of(*remains.user);
    for (const std::filesystem::path& group : remains.control_groups)
      attempt([&group] { end_control_group(group); });
    // Whoever tries again finds the user by a folder among them.
    if (hanging) throw Error{*hanging};
    std::error_code ignored;  // those it never made
    for (const std::filesystem::path& file : remains.files) std::filesystem::remove(file, ignored);
  }

  std::string last_words() override { return last_words_of(log_, log_from_); }

  bool answers(const std::filesystem::path& socket) override {
    if (!qmp_) listen(socket);
    // It has one client at a time: whoever asks it something next has to find it free.
    if (has_answered_) qmp_.reset();
    return has_answered_;
  }

  void listen(const std::filesystem::path& socket) override {
    try {
      has_answered_ = false;
      qmp_.emplace(socket);
      qmp_->listen(
          events_,
          [this](std::string_view line) {
            if (is_answer(line)) {
              has_answered_ = true;
              events_.device_model_spoke();
            }
            if (const std::optional<std::string> message = qmp_message(line)) note(*message);
          },
          [this] {
            note("QEMU sends more over QMP than is listened to; it is heard more slowly");
          });
    } catch (const Error&) {  // its end is told of elsewhere
      qmp_.reset();
    }
  }

  std::vector<std::string> messages() override { return std::exchange(messages_, {}); }

  std::string serial_tty(const std::filesystem::path& socket) override {
    return query_serial_tty(socket);
  }

  void set_password(const std::filesystem::path& socket, ScreenProtocol protocol,
                    const std::string& password) override {
    set_screen_password(socket, protocol, password);
  }

  unsigned vnc_port(const std::filesystem::path& socket) override { return query_vnc_port(socket); }

 private:
  static constexpr std::size_t max_messages = 16;

  void note(const std::string& message) {
    // A guest whose disk fails may ask again and again; what nobody has read yet is enough.
    if (messages_.size() < max_messages) messages_.push_back(message);
    events_.device_model_spoke();
  }

  void end_qemu() {
    if (!process_) return;
    if (!end_) signal_process(process_->pidfd, SIGTERM);
    if (!ends_within(time_to_write_back)) signal_process(process_->pidfd, SIGKILL);
    if (!ends_within(time_to_die))
      throw Error{ExitCode::device_model,
                  "cannot end QEMU (process " + std::to_string(process_->pid) +
                      "): it hangs in the kernel, and with it the devices it has open"};
    end_watch_.reset();
    process_.reset();
    is_child_ = false;
  }

  void lose(const Companion& companion, const std::string& failure) {
    note(failure + (companion.is_vital ? "; the guest is ended, too, as it cannot do without it"
                                       : "; restart the VM, or its devices may fail"));
    if (!companion.is_vital) return;
    if (!loss_) loss_ = failure;
    events_.device_model_ended();
  }

  void adopt_disk_server(std::uint32_t domid, bool is_needed) {
    const std::filesystem::path socket = store_filter_socket(std::to_string(domid));
    std::error_code error;
    adopt_vital({.what = store_filter_name, .is_vital = true, .ends_last = true, .socket = socket},
                is_needed && std::filesystem::is_socket(socket, error),
                [domid] { return find_store_filter(domid); });
    adopt_vital({.what = disk_server_name, .is_vital = true}, is_needed,
                [domid] { return find_disk_server(domid); });
  }

  void adopt_vital(const Companion& companion, bool is_needed,
                   const std::function<std::optional<pid_t>()>& find) {
    if (auto process = hold_found(find)) return companions_.adopt(companion, std::move(*process));
    if (is_needed) lose(companion, companion.what + " has ended");
  }

  /// From now on the device model is that process, which writes to `log` from `log_from` on.
  void watch(Child process, const std::filesystem::path& log, std::uintmax_t log_from) {
    log_ = log;
    log_from_ = log_from;
    end_.reset();
    loss_.reset();
    messages_.clear();
    events_.device_model_started();
    end_watch_.reset();
    process_ = std::move(process);
    end_watch_ = events_.watch(process_->pidfd.get(), [this] {
      end_ = reap(process_->pidfd);
      events_.device_model_ended();
      return false;
    });
  }

  /// Whether the process has ended, or does before `time` has passed.
  bool ends_within(std::chrono::seconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (!end_ && events_.work_until(deadline)) {
    }
    return end_.has_value();
  }

  EventLoop& events_;
  /// A child, or a process that an earlier launcher has started.
  std::optional<Child> process_;
  std::unique_ptr<DescriptorWatch> end_watch_;  ///< goes before what it watches
  bool is_child_ = false;
  Companions companions_{events_, [this](const Companion& companion, const std::string& failure) {
                           lose(companion, failure);
                         }};
  std::unique_ptr<ControlGroup> group_;   ///< that nothing has joined yet
  std::optional<std::uint32_t> adopted_;  ///< the domain of a QEMU that an earlier launcher started
  std::optional<ProcessEnd> end_;
  std::optional<std::string> loss_;
  std::optional<QmpClient> qmp_;
  bool has_answered_ = false;
  std::vector<std::string> messages_;
  std::filesystem::path log_;
  std::uintmax_t log_from_ = 0;  ///< what is before is not of this process
};

}  // namespace

std::unique_ptr<DeviceModel> make_device_model(EventLoop& events) {
  return std::make_unique<ProcessDeviceModel>(events);
}

}  // namespace xenlaunch
