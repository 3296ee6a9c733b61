#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/optional.hpp>  // before process.hpp, which uses it without including it
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "devicemodel/device_model.h"
#include "devicemodel/find_qemu.h"
#include "devicemodel/held_start.h"
#include "devicemodel/last_words.h"
#include "devicemodel/log_file.h"
#include "devicemodel/qmp.h"
#include "devicemodel/qmp_events.h"
#include "launcher/base/error.h"
#include "launcher/base/file_descriptor.h"

namespace xenlaunch {
namespace {

namespace process = boost::process::v2;

/// Only async-signal-safe calls: this runs in the child between fork and exec.
struct OwnSession {
  template <typename Launcher, typename Path>
  boost::system::error_code on_exec_setup(Launcher&, const Path&, const char* const*&) const {
    ::setsid();  // Ctrl-C at the launcher's terminal is the launcher's to handle
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);  // ignored here, and an ignored signal stays ignored over exec
    // Boost closes only the descriptors above the pipe that it reports through.
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    return {};
  }
  /// Boost would leave through exit(), which runs this process's exit handlers a second time. Its
  /// check for this hook and its call pass different arguments.
  template <typename... Ignored>
  void on_exec_error(Ignored&&...) const {
    ::_exit(127);
  }
};

constexpr std::chrono::seconds time_to_write_back{2};
/// A process that was killed ends once the kernel has finished what it does for it.
constexpr std::chrono::seconds time_to_die{30};

ProcessEnd process_end(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {.by_signal = true, .number = WTERMSIG(wait_status)};
  return {.by_signal = false, .number = WEXITSTATUS(wait_status)};
}

/// A process that is not our child: waited for and signalled by its pidfd alone.
class ForeignProcess {
 public:
  ForeignProcess(boost::asio::io_context& context, FileDescriptor pidfd)
      : pidfd_{std::move(pidfd)}, end_{context, pidfd_.get()} {}
  ForeignProcess(const ForeignProcess&) = delete;
  ForeignProcess& operator=(const ForeignProcess&) = delete;
  ~ForeignProcess() { end_.release(); }

  template <typename Handler>
  void async_wait(Handler handler) {
    end_.async_wait(boost::asio::posix::stream_descriptor::wait_read, std::move(handler));
  }
  void signal(int number) const {
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0U);
  }

 private:
  FileDescriptor pidfd_;
  boost::asio::posix::stream_descriptor end_;
};

class ProcessDeviceModel final : public DeviceModel {
 public:
  explicit ProcessDeviceModel(EventLoop& events) : events_{events} {}
  /// One that was adopted and that nobody has asked to end goes on without us.
  ~ProcessDeviceModel() override {
    try {
      if (process_) ProcessDeviceModel::kill({});
    } catch (const Error&) {
      process_->detach();  // or its own destructor would wait for it
    }
  }

  pid_t spawn(const std::vector<std::string>& argv, const std::filesystem::path& log,
              const std::optional<std::filesystem::path>& hold) override {
    if (::access(argv.front().c_str(), X_OK) != 0)
      throw_errno(ExitCode::device_model, errno, "run " + argv.front());
    const FileDescriptor output = open_log(log);
    started(log);
    log_from_ = std::filesystem::file_size(log);
    const std::vector<std::string> words = hold ? held(argv) : argv;
    const FileDescriptor input =
        hold ? make_hold(*hold) : FileDescriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    try {
      process_.emplace(events_.context().get_executor(), words.front(),
                       std::vector<std::string>{words.begin() + 1, words.end()},
                       process::process_stdio{input.get(), output.get(), output.get()},
                       OwnSession{});
    } catch (const boost::system::system_error& error) {
      std::error_code ignored;
      if (hold) std::filesystem::remove(*hold, ignored);
      throw Error{ExitCode::device_model,
                  "cannot run " + argv.front() + ": " + error.code().message()};
    }
    process_->async_wait([this](const boost::system::error_code&, int) {
      // The handler's own argument maps "exit 9" and "killed by 9" to the same number.
      end_ = process_end(process_->native_exit_code());
      events_.device_model_ended();
    });
    return process_->id();
  }

  void let_go(const std::filesystem::path& hold) override { xenlaunch::let_go(hold); }

  bool adopt(std::uint32_t domid, const std::filesystem::path& log) override {
    const std::optional<pid_t> pid = find_qemu(domid);
    if (!pid) return false;
    FileDescriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0))};
    // Looked at again: the number may have gone to another process before it was held.
    if (pidfd.get() < 0 || find_qemu(domid) != pid) return false;
    started(log);
    log_from_ = 0;
    foreign_pid_ = *pid;
    foreign_.emplace(events_.context(), std::move(pidfd));
    foreign_->async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      end_ = ProcessEnd{.is_known = false};
      events_.device_model_ended();
    });
    return true;
  }

  std::optional<ProcessEnd> ended() override { return end_; }

  void kill(const std::vector<std::filesystem::path>& sockets) override {
    qmp_.reset();
    if (process_ || foreign_) {
      // Asked first: QEMU then writes what it holds of a qcow2 image's tables.
      if (!end_) signal(SIGTERM);
      if (!ends_within(time_to_write_back)) signal(SIGKILL);
      if (!ends_within(time_to_die))
        throw Error{ExitCode::device_model,
                    "cannot end QEMU (process " +
                        std::to_string(process_ ? process_->id() : foreign_pid_) +
                        "): it hangs in the kernel, and with it the devices it has open"};
      process_.reset();
      foreign_.reset();
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

  void started(const std::filesystem::path& log) {
    log_ = log;
    end_.reset();
    messages_.clear();
    events_.device_model_started();
  }

  void signal(int number) {
    boost::system::error_code ignored;  // it may have ended already
    if (foreign_)
      foreign_->signal(number);
    else if (number == SIGTERM)
      process_->request_exit(ignored);
    else
      process_->terminate(ignored);
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
  std::optional<process::process> process_;
  std::optional<ProcessEnd> end_;
  std::optional<ForeignProcess> foreign_;
  pid_t foreign_pid_ = 0;
  std::optional<QmpEvents> qmp_;
  std::vector<std::string> messages_;
  std::filesystem::path log_;
  std::uintmax_t log_from_ = 0;  ///< what is before is not of this process
};

}  // namespace

std::string ProcessEnd::to_string() const {
  if (!is_known) return "ended (how is not known: an earlier launcher had started it)";
  if (!by_signal) return "exited with status " + std::to_string(number);
  return "was killed by signal " + std::to_string(number) + " (" + strsignal(number) + ")";
}

std::unique_ptr<DeviceModel> make_device_model(EventLoop& events) {
  return std::make_unique<ProcessDeviceModel>(events);
}

}  // namespace xenlaunch
