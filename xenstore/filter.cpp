#include "xenstore/filter.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <array>
#include <cerrno>
#include <memory>
#include <ostream>
#include <utility>

#include "base/error.h"
#include "base/pidfd.h"
#include "base/text.h"
#include "base/unix_socket.h"
#include "xenstore/filter_session.h"
#include "xenstore/store.h"

namespace xenlaunch {
namespace {

/// One that does not read what it is sent is let go with so much unread.
constexpr std::size_t most_unread = 1U << 18;
constexpr std::size_t most_at_once = sizeof(xsd_sockmsg) + XENSTORE_PAYLOAD_MAX;
constexpr int most_refusals_told = 20;

/// A QEMU has a connection for its bus, one for what is older than that, one for each device, and
/// one now and then.
std::size_t most_connections(const FilterRules& rules) {
  return 8 + 2 * rules.disks.size();
}

std::string name_of(std::uint32_t type) {
  switch (type) {
    case XS_DIRECTORY:
    case XS_READ:
      return "read";
    case XS_WATCH:
      return "watch";
    case XS_UNWATCH:
      return "no longer watch";
    case XS_WRITE:
      return "write";
    case XS_MKDIR:
      return "make";
    case XS_RM:
      return "remove";
    case XS_SET_PERMS:
      return "permit others";
    case XS_TRANSACTION_START:
    case XS_TRANSACTION_END:
      return "begin or end the transaction";
    default:
      return "ask for " + std::to_string(type) + " of";
  }
}

/// Tells of the first requests that are refused.
class Refusals {
 public:
  explicit Refusals(std::ostream& log) : log_{log} {}
  void add(const StoreMessage& request, FilterSession::Because because) {
    constexpr std::size_t longest = 120;
    if (++count_ > most_refusals_told) return;
    const std::string path = request.body.substr(0, request.body.find('\0'));
    log_ << "xenlaunch: what serves the paravirtual disks may not " << name_of(request.type) << " '"
         << excerpt(path, longest) << "' in xenstore"
         << (because == FilterSession::Because::too_much ? ": it has asked for too much" : "")
         << (count_ == most_refusals_told ? "; more of this is not told" : "") << std::endl;
  }

 private:
  std::ostream& log_;
  int count_ = 0;
};

/// A QEMU's connection, and the one to xenstored that is made for it.
class Connection {
 public:
  Connection(FileDescriptor client, FileDescriptor store, const FilterRules& rules,
             FilterBudget& budget, Refusals& refusals)
      : client_{std::move(client)},
        store_{std::move(store)},
        session_{rules, budget,
                 [&refusals](const StoreMessage& request, FilterSession::Because because) {
                   refusals.add(request, because);
                 }} {}

  std::array<pollfd, 2> polled() const {
    return {pollfd{.fd = client_.get(),
                   .events = events(session_.listens(), session_.to_client),
                   .revents = 0},
            pollfd{.fd = store_.get(), .events = events(true, session_.to_store), .revents = 0}};
  }

  /// What both have to say, by what poll(2) has found. False where one of them has gone.
  bool works(short at_client, short at_store) {
    std::string said;
    if (!read(store_, at_store, said)) return false;
    session_.store_says(said);
    if (!read(client_, at_client, said)) return false;
    session_.client_says(said);
    return !session_.is_broken() && write(client_, session_.to_client) &&
           write(store_, session_.to_store) && session_.to_client.size() <= most_unread;
  }

 private:
  static short events(bool reads, const std::string& unwritten) {
    return static_cast<short>((reads ? POLLIN : 0) | (unwritten.empty() ? 0 : POLLOUT));
  }

  static bool read(const FileDescriptor& socket, short found, std::string& said) {
    said.resize(most_at_once);
    const bool has_something = (found & (POLLIN | POLLHUP | POLLERR)) != 0;
    const ssize_t got =
        has_something ? ::recv(socket.get(), said.data(), said.size(), MSG_DONTWAIT) : 0;
    said.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return !has_something || got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
  }

  static bool write(const FileDescriptor& socket, std::string& unwritten) {
    if (unwritten.empty()) return true;
    const ssize_t sent =
        ::send(socket.get(), unwritten.data(), unwritten.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) unwritten.erase(0, static_cast<std::size_t>(sent));
    return sent >= 0 || errno == EINTR || errno == EAGAIN;
  }

  FileDescriptor client_;
  FileDescriptor store_;
  FilterSession session_;
};

class Filter {
 public:
  Filter(const FileDescriptor& socket, const FilterRules& rules, const FilterHost& host,
         std::ostream& log)
      : socket_{socket}, rules_{rules}, host_{host}, log_{log} {}

  void serve() {
    while (!has_ended()) work();
  }

 private:
  bool has_ended() const {
    pollfd end{.fd = server_.get(), .events = POLLIN, .revents = 0};
    return server_.get() >= 0 ? ::poll(&end, 1, 0) > 0 : !host_.is_awaited();
  }

  void work() {
    constexpr int time_to_look_again = 1000;
    const bool has_room = connections_.size() < most_connections(rules_);
    std::vector<pollfd> polled{
        {.fd = has_room ? socket_.get() : -1, .events = POLLIN, .revents = 0},
        {.fd = server_.get(), .events = POLLIN, .revents = 0}};
    for (const auto& connection : connections_) {
      const auto its = connection->polled();
      polled.insert(polled.end(), its.begin(), its.end());
    }
    if (::poll(polled.data(), polled.size(), server_.get() < 0 ? time_to_look_again : -1) < 0) {
      if (errno == EINTR) return;
      throw_errno(ExitCode::device_model, errno, "wait for what serves the paravirtual disks");
    }
    for (std::size_t i = connections_.size(); i-- > 0;) {
      const auto its = polled.begin() + static_cast<std::ptrdiff_t>(2 + 2 * i);
      if (!connections_[i]->works(its->revents, std::next(its)->revents))
        connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (polled.front().revents != 0) accept();
  }

  void accept() {
    FileDescriptor client{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (client.get() < 0) {
      if (errno != ENOTSOCK && errno != EINVAL) return;
      throw_errno(ExitCode::internal, errno, "listen to what serves the paravirtual disks");
    }
    if (server_.get() < 0) server_ = host_.end_of(client);
    FileDescriptor store = host_.connect();
    const int reason = errno;
    if (store.get() >= 0) {
      connections_.push_back(std::make_unique<Connection>(std::move(client), std::move(store),
                                                          rules_, budget_, refusals_));
    } else if (!std::exchange(has_told_, true)) {
      log_ << "xenlaunch: cannot connect what serves the paravirtual disks to xenstored: "
           << errno_text(reason) << std::endl;
    }
  }

  const FileDescriptor& socket_;
  const FilterRules& rules_;
  const FilterHost& host_;
  std::ostream& log_;
  Refusals refusals_{log_};
  FilterBudget budget_ = budget_for(rules_);
  std::vector<std::unique_ptr<Connection>> connections_;
  FileDescriptor server_;  ///< readable when the QEMU has ended; none before it has come
  bool has_told_ = false;
};

/// The process that has connected, which is the QEMU: nobody else finds the socket.
FileDescriptor process_of(const FileDescriptor& client) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return open_pidfd(peer.pid);
}

}  // namespace

void serve_store_filter(const FileDescriptor& socket, const FilterRules& rules,
                        const FilterHost& host, std::ostream& log) {
  Filter{socket, rules, host, log}.serve();
}

int run_store_filter(const std::vector<std::string>& words, std::ostream& log) {
  ::prctl(PR_SET_NAME, "qemu-xenstore");
  const pid_t launcher = ::getppid();
  try {
    serve_store_filter(FileDescriptor{::dup(STDIN_FILENO)}, parse_filter_rules(words),
                       {.connect = [] { return connect_unix(xenstored_socket); },
                        .end_of = process_of,
                        .is_awaited = [launcher] { return ::getppid() == launcher; }},
                       log);
    return 0;
  } catch (const Error& error) {
    log << "xenlaunch: " << error.what() << std::endl;
    return static_cast<int>(error.code);
  }
}

}  // namespace xenlaunch
