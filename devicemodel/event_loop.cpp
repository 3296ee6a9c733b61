#include "devicemodel/event_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstring>
#include <utility>

namespace xenlaunch {

namespace asio = boost::asio;

struct EventLoop::Impl {
  asio::io_context context;
  asio::signal_set signals{context, SIGINT, SIGTERM};
  asio::posix::stream_descriptor store{context};
  std::optional<int> stop_signal;
  bool stop_requested = false;
  bool device_model_ended = false;
  bool store_changed = false;

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

  void await_store() {
    store.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (!error) store_changed = true;
                     });
  }

  Event take() {
    if (std::exchange(stop_requested, false)) return Event::stop_requested;
    if (std::exchange(device_model_ended, false)) return Event::device_model_ended;
    if (!store_changed) return Event::none;
    store_changed = false;
    await_store();
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

EventLoop::~EventLoop() {
  if (impl_->store.is_open()) impl_->store.release();
}

void EventLoop::watch_store(int fd) {
  if (impl_->store.is_open()) impl_->store.release();
  impl_->store_changed = false;
  impl_->store.assign(fd);
  impl_->await_store();
}

void EventLoop::device_model_started() {
  impl_->device_model_ended = false;
}
void EventLoop::device_model_ended() {
  impl_->device_model_ended = true;
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
