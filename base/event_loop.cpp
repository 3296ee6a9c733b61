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

/// A descriptor of somebody else's that is waited for: readable is an event.
class Watched {
 public:
  explicit Watched(asio::io_context& context) : descriptor_{context} {}
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() { forget(); }

  /// `tell` is called each time; without it, take() says so.
  void watch(int fd, std::function<void()> tell = {}) {
    forget();
    tell_ = std::move(tell);
    descriptor_.assign(fd);
    await();
  }
  void forget() {
    if (descriptor_.is_open()) descriptor_.release();
    readable_ = false;
  }
  /// Whether it has become readable; from then on it is waited for again.
  bool take() {
    if (!std::exchange(readable_, false)) return false;
    await();
    return true;
  }

 private:
  void await() {
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code& error) {
                             if (error) return;
                             readable_ = true;
                             if (!tell_) return;
                             tell_();
                             take();
                           });
  }

  asio::posix::stream_descriptor descriptor_;
  std::function<void()> tell_;
  bool readable_ = false;
};

}  // namespace

struct EventLoop::Impl {
  asio::io_context context;
  asio::signal_set signals{context, SIGINT, SIGTERM};
  Watched store{context};
  Watched log{context};
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
    return store.take() ? Event::store_changed : Event::none;
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
  impl_->store.watch(fd);
}
void EventLoop::forget_store() {
  impl_->store.forget();
}
void EventLoop::watch_log(int fd, std::function<void()> grew) {
  impl_->log.watch(fd, std::move(grew));
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
asio::io_context& EventLoop::context() {
  return impl_->context;
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
