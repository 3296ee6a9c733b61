#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>
#include <utility>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/log_file.h"
#include "base/pidfd.h"
#include "base/spawn.h"
#include "devicemodel/device_model.h"
#include "devicemodel/find_qemu.h"
#include "devicemodel/held_start.h"
#include "devicemodel/last_words.h"
#include "devicemodel/qmp.h"
#include "devicemodel/qmp_events.h"

namespace xenlaunch {
namespace {

constexpr std::chrono::seconds time_to_write_back{2};
/// A process that was killed ends once the kernel has finished what it does for it.
constexpr std::chrono::seconds time_to_die{30};

/// A child, or a process that an earlier launcher has started: held, waited for and signalled by
/// its pidfd.
class Process {
 public:
  Process(boost::asio::io_context& context, pid_t pid, FileDescriptor pidfd)
      : pid_{pid}, pidfd_{std::move(pidfd)}, ended_{context, pidfd_.get()} {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { ended_.release(); }

  pid_t id() const { return pid_; }
  template <typename Handler>
  void async_wait(Handler handler) {
    ended_.async_wait(boost::asio::posix::stream_descriptor::wait_read, std::move(handler));
  }
  /// Nothing where it has ended.
  void signal(int number) const { signal_process(pidfd_, number); }
  /// How it ended, once it has.
  ProcessEnd end() const { return reap(pidfd_); }

 private:
  pid_t pid_;
  FileDescriptor pidfd_;
  boost::asio::posix::stream_descriptor ended_;
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

  pid_t spawn(const std::vector<std::string>& argv, const std::filesystem::path& log,
              const std::optional<std::filesystem::path>& hold) override {
    if (::access(argv.front().c_str(), X_OK) != 0)
      throw_errno(ExitCode::device_model, errno, "run " + argv.front());
    const FileDescriptor output = open_log(log);
    const std::uintmax_t from = std::filesystem::file_size(log);
    const FileDescriptor input =
        hold ? make_hold(*hold) : FileDescriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    try {
      Child child = xenlaunch::spawn({.argv = hold ? held(argv) : argv,
                                      .input = input.get(),
                                      .output = output.get(),
                                      .errors = output.get(),
                                      .new_session = true},
                                     ExitCode::device_model);
      watch(child.pid, std::move(child.pidfd), log, from);
    } catch (const Error&) {
      std::error_code ignored;
      if (hold) std::filesystem::remove(*hold, ignored);
      throw;
    }
    is_child_ = true;
    return process_->id();
  }

  void let_go(const std::filesystem::path& hold) override { xenlaunch::let_go(hold); }

  bool adopt(std::uint32_t domid, const std::filesystem::path& log) override {
    const std::optional<pid_t> pid = find_qemu(domid);
    if (!pid) return false;
    FileDescriptor pidfd = open_pidfd(*pid);
    // Looked at again: the number may have gone to another process before it was held.
    if (pidfd.get() < 0 || find_qemu(domid) != pid) return false;
    watch(*pid, std::move(pidfd), log, 0);
    return true;
  }

  std::optional<ProcessEnd> ended() override { return end_; }

  void kill(const std::vector<std::filesystem::path>& sockets) override {
    qmp_.reset();
    if (process_) {
      // Asked first: QEMU then writes what it holds of a qcow2 image's tables.
      if (!end_) process_->signal(SIGTERM);
      if (!ends_within(time_to_write_back)) process_->signal(SIGKILL);
      if (!ends_within(time_to_die))
        throw Error{ExitCode::device_model,
                    "cannot end QEMU (process " + std::to_string(process_->id()) +
                        "): it hangs in the kernel, and with it the devices it has open"};
      process_.reset();
      is_child_ = false;
    }
    std::error_code ignored;  // those it never made
    for (const std::filesystem::path& socket : sockets) std::filesystem::remove(socket, ignored);
  }

  std::string last_words() override { return last_words_of(log_, log_from_); }

  void listen(const std::filesystem::path& socket) override {
    qmp_.emplace(events_.context(), socket, [this](std::string message) {
      // A guest whose disk fails may ask again and again; what nobody has read yet is enough.
      if (messages_.size() < max_messages) messages_.push_back(std::move(message));
      events_.device_model_spoke();
    });
  }

  std::vector<std::string> messages() override { return std::exchange(messages_, {}); }

  std::string serial_tty(const std::filesystem::path& socket) override {
    return query_serial_tty(socket);
  }

 private:
  static constexpr std::size_t max_messages = 16;

  /// From now on the device model is that process, which writes to `log` from `log_from` on.
  void watch(pid_t pid, FileDescriptor pidfd, const std::filesystem::path& log,
             std::uintmax_t log_from) {
    log_ = log;
    log_from_ = log_from;
    end_.reset();
    messages_.clear();
    events_.device_model_started();
    process_.emplace(events_.context(), pid, std::move(pidfd));
    process_->async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      end_ = process_->end();
      events_.device_model_ended();
    });
  }

  /// Whether the process has ended, or does before `time` has passed.
  bool ends_within(std::chrono::seconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    if (events_.context().stopped()) events_.context().restart();
    while (!end_ && events_.context().run_one_until(deadline) != 0) {
    }
    return end_.has_value();
  }

  EventLoop& events_;
  std::optional<Process> process_;
  bool is_child_ = false;
  std::optional<ProcessEnd> end_;
  std::optional<QmpEvents> qmp_;
  std::vector<std::string> messages_;
  std::filesystem::path log_;
  std::uintmax_t log_from_ = 0;  ///< what is before is not of this process
};

}  // namespace

std::unique_ptr<DeviceModel> make_device_model(EventLoop& events) {
  return std::make_unique<ProcessDeviceModel>(events);
}

}  // namespace xenlaunch
