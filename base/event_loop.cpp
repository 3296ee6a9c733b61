#include "base/event_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstring>
#include <utility>

namespace xenlaunch {

namespace asio = boost::asio;

namespace {

/// A descriptor of somebody else's. What is shared outlives the watch: a handler may be on its way.
class AsioWatch final : public DescriptorWatch {
 public:
  AsioWatch(asio::io_context& context, int fd, std::function<bool()> readable)
      : shared_{std::make_shared<Shared>(context, fd, std::move(readable))} {
    await(shared_);
  }
  AsioWatch(const AsioWatch&) = delete;
  AsioWatch& operator=(const AsioWatch&) = delete;
  ~AsioWatch() override {
    shared_->is_watched = false;
    shared_->descriptor.release();
  }
  /// Watches on after `readable` has returned false.
  void go_on() { await(shared_); }

 private:
  struct Shared {
    Shared(asio::io_context& context, int fd, std::function<bool()> readable_)
        : descriptor{context, fd}, readable{std::move(readable_)} {}
    asio::posix::stream_descriptor descriptor;
    std::function<bool()> readable;
    bool is_watched = true;
  };

  static void await(const std::shared_ptr<Shared>& shared) {
    shared->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                  [shared](const boost::system::error_code& error) {
                                    if (error || !shared->is_watched) return;
                                    if (shared->readable() && shared->is_watched) await(shared);
                                  });
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

struct EventLoop::Impl {
  asio::io_context context;
  asio::signal_set signals{context, SIGINT, SIGTERM};
  std::optional<AsioWatch> store;
  bool store_changed = false;
  std::optional<int> stop_signal;
  bool stop_requested = false;
  bool device_model_ended = false;
  bool device_model_spoke = false;

  void await_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (!stop_signal) {
        stop_signal = number;
        stop_requested = true;
      }
      await_signal();  // or a second Ctrl-C would have nobody to take it
    });
  }

  Event take() {
    if (std::exchange(stop_requested, false)) return Event::stop_requested;
    if (std::exchange(device_model_ended, false)) return Event::device_model_ended;
    if (std::exchange(device_model_spoke, false)) return Event::device_model_spoke;
    if (!std::exchange(store_changed, false)) return Event::none;
    store->go_on();  // reported again as long as it is readable
    return Event::store_changed;
  }
};

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name != nullptr ? std::string{"SIG"} + name : "signal " + std::to_string(number);
}

EventLoop::EventLoop() : impl_{std::make_unique<Impl>()} {
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction hangup {};
  ::sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) impl_->signals.add(SIGHUP);
  impl_->await_signal();
}

EventLoop::~EventLoop() = default;

void EventLoop::watch_store(int fd) {
  forget_store();
  impl_->store.emplace(impl_->context, fd, [this] {
    impl_->store_changed = true;
    return false;
  });
}
void EventLoop::forget_store() {
  impl_->store.reset();
  impl_->store_changed = false;
}
std::unique_ptr<DescriptorWatch> EventLoop::watch(int fd, std::function<bool()> readable) {
  return std::make_unique<AsioWatch>(impl_->context, fd, std::move(readable));
}
bool EventLoop::work_until(std::chrono::steady_clock::time_point deadline) {
  if (impl_->context.stopped()) impl_->context.restart();
  return impl_->context.run_one_until(deadline) != 0;
}
void EventLoop::device_model_started() {
  impl_->device_model_ended = false;
}
void EventLoop::device_model_ended() {
  impl_->device_model_ended = true;
}
void EventLoop::device_model_spoke() {
  impl_->device_model_spoke = true;
}
std::optional<int> EventLoop::stop_signal() {
  impl_->context.poll();
  return impl_->stop_signal;
}

Event EventLoop::wait(Deadline deadline) {
  impl_->context.poll();
  while (true) {
    const Event event = impl_->take();
    if (event != Event::none) return event;
    if (impl_->context.stopped()) impl_->context.restart();
    if (!deadline) {
      impl_->context.run_one();
    } else if (impl_->context.run_one_until(*deadline) == 0) {
      return Event::none;
    }
  }
}

}  // namespace xenlaunch
