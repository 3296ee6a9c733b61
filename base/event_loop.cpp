#include "base/event_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/memory.h"

namespace xenlaunch {

namespace asio = boost::asio;

namespace {

/// Of what is ready at once so many handlers run before the caller looks at what they have told.
constexpr int handlers_at_once = 64;

/// A source that makes its handler run more often than this waits for the rest of the time.
constexpr int calls_in_a_while = 50;
constexpr std::chrono::milliseconds a_while{100};

/// After so long without anything to do, more of it is to be expected.
constexpr std::chrono::seconds quiet{1};

/// What Asio throws where this process has no descriptor or memory left, as an error of ours.
template <typename Action>
auto told(Action action) -> decltype(action()) {
  try {
    return action();
  } catch (const boost::system::system_error& error) {
    throw_errno(ExitCode::host, error.code().value(), "wait for signals and events");
  }
}

/// A descriptor of somebody else's. What is shared outlives the watch: a handler may be on its way.
class AsioWatch final : public DescriptorWatch {
 public:
  AsioWatch(asio::io_context& context, int fd, std::function<bool()> readable,
            std::function<void()> floods)
      : shared_{std::make_shared<Shared>(context, fd, std::move(readable), std::move(floods))} {
    await(shared_);
  }
  AsioWatch(const AsioWatch&) = delete;
  AsioWatch& operator=(const AsioWatch&) = delete;
  ~AsioWatch() override {
    shared_->is_watched = false;
    shared_->descriptor.release();
    shared_->pause.cancel();
  }
  /// Watches on after `readable` has returned false.
  void go_on() { go_on(shared_); }

 private:
  struct Shared {
    Shared(asio::io_context& context, int fd, std::function<bool()> readable_,
           std::function<void()> floods_)
        : descriptor{context, fd},
          pause{context},
          readable{std::move(readable_)},
          floods{std::move(floods_)} {}
    asio::posix::stream_descriptor descriptor;
    asio::steady_timer pause;
    std::function<bool()> readable;
    std::function<void()> floods;  ///< called once
    bool is_watched = true;
    std::chrono::steady_clock::time_point since;  ///< when the while began
    int calls = 0;                                ///< in it
  };

  static void await(const std::shared_ptr<Shared>& shared) {
    shared->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                  [shared](const boost::system::error_code& error) {
                                    if (error || !shared->is_watched) return;
                                    if (shared->readable() && shared->is_watched) go_on(shared);
                                  });
  }

  static void go_on(const std::shared_ptr<Shared>& shared) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shared->since > a_while) {
      shared->since = now;
      shared->calls = 0;
    }
    if (++shared->calls < calls_in_a_while) return await(shared);
    if (const auto tell = std::exchange(shared->floods, nullptr)) tell();
    if (!shared->is_watched) return;
    shared->pause.expires_at(shared->since + a_while);
    shared->pause.async_wait([shared](const boost::system::error_code& error) {
      if (!error && shared->is_watched) await(shared);
    });
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

struct EventLoop::Impl {
  /// What is ready, but not all that goes on becoming ready.
  void take_what_is_ready() {
    for (int i = 0; i < handlers_at_once && context.poll_one() != 0; ++i) {
    }
  }

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

  /// A VM's process waits so for most of its life, and there is one for each VM.
  void await_in_little_memory() {
    if (context.stopped()) context.restart();
    release_unused_memory();
    context.run_one();
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

EventLoop::EventLoop() : impl_{told([] { return std::make_unique<Impl>(); })} {
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction hangup {};
  ::sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) impl_->signals.add(SIGHUP);
  impl_->await_signal();
}

EventLoop::~EventLoop() = default;

void EventLoop::watch_store(int fd, std::function<void()> floods) {
  forget_store();
  told([&] {
    impl_->store.emplace(
        impl_->context, fd,
        [this] {
          impl_->store_changed = true;
          return false;
        },
        std::move(floods));
  });
}
void EventLoop::forget_store() {
  impl_->store.reset();
  impl_->store_changed = false;
}
std::unique_ptr<DescriptorWatch> EventLoop::watch(int fd, std::function<bool()> readable,
                                                  std::function<void()> floods) {
  return told([&] {
    return std::make_unique<AsioWatch>(impl_->context, fd, std::move(readable), std::move(floods));
  });
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
  impl_->take_what_is_ready();
  return impl_->stop_signal;
}

Event EventLoop::wait(Deadline deadline) {
  impl_->take_what_is_ready();
  while (true) {
    const Event event = impl_->take();
    if (event != Event::none) return event;
    if (impl_->context.stopped()) impl_->context.restart();
    if (!deadline) {
      if (impl_->context.run_one_for(quiet) == 0) impl_->await_in_little_memory();
    } else if (impl_->context.run_one_until(*deadline) == 0) {
      return Event::none;
    }
  }
}

}  // namespace xenlaunch
