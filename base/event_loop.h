#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace xenlaunch {

/// What can happen to a VM while the launcher waits.
enum class Event {
  none,
  stop_requested,
  device_model_ended,
  device_model_spoke,  ///< it has told something over QMP
  store_changed,       ///< or xenstored has ended
};

/// A descriptor that is watched for as long as this lives.
class DescriptorWatch {
 public:
  virtual ~DescriptorWatch() = default;
};

/// "SIGTERM" for 15.
std::string signal_name(int number);

/// Where the launcher waits: for a signal that asks to stop, for the end of QEMU and what it tells,
/// for changes in xenstore.
class Events {
 public:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;
  virtual ~Events() = default;

  /// The next event; none once `deadline` has passed. A request to stop and the end of QEMU are
  /// each reported once; stop_signal() and DeviceModel::ended() remember them.
  virtual Event wait(Deadline deadline) = 0;
  /// The signal that asked to stop, if one has come.
  virtual std::optional<int> stop_signal() = 0;
  /// No more store_changed: xenstored is gone, and its connection would be readable for ever.
  virtual void forget_store() = 0;
};

/// The Events of this process, over Asio. From construction on SIGINT, SIGTERM and SIGHUP (unless
/// it was ignored, as nohup has it) no longer end the process but ask it to stop, and SIGPIPE is
/// ignored: whoever reads the messages may go before the guest does.
class EventLoop final : public Events {
 public:
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() override;

  /// Reports store_changed whenever `fd` is readable. The descriptor stays the caller's. One that
  /// is readable all the time is slowed and told of as watch() does it.
  void watch_store(int fd, std::function<void()> floods = nullptr);
  /// Calls `readable` whenever `fd` is, while somebody waits, until it returns false. It is no
  /// event by itself. The descriptor stays the caller's, and has to stay open while it is watched.
  /// One that is readable all the time is looked at 500 times a second and no more; the first time
  /// that it comes to this `floods` is called, where there is one. `readable` is to take a bounded
  /// part at a time.
  std::unique_ptr<DescriptorWatch> watch(int fd, std::function<bool()> readable,
                                         std::function<void()> floods = nullptr);
  /// Lets one thing happen, be it an event, which stays for wait(). False where nothing did until
  /// `deadline`.
  bool work_until(std::chrono::steady_clock::time_point deadline);
  void device_model_started();
  void device_model_ended();  ///< called by the owner of the process
  void device_model_spoke();  ///< likewise

  Event wait(Deadline deadline) override;
  std::optional<int> stop_signal() override;
  void forget_store() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xenlaunch
