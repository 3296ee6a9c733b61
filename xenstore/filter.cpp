#include "xenstore/filter.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/unix_socket.h"
#include "xenstore/store.h"

namespace xenlaunch {
namespace {

/// One that asks for more than a QEMU with all its disks would have xenstored, which sets dom0 no
/// limits, grow.
constexpr std::size_t most_clients = 128;
constexpr int most_watches = 64;
constexpr int most_transactions = 4;
/// One that does not read what it is sent is let go with so much unread.
constexpr std::size_t most_unread = 1U << 20;
constexpr int most_refusals_told = 20;

struct Message {
  xsd_sockmsg header{};
  std::string body;
  std::string bytes() const {
    std::string text(sizeof header, '\0');
    std::memcpy(text.data(), &header, sizeof header);
    return text + body;
  }
};

/// Messages out of a stream of bytes.
class Incoming {
 public:
  /// Takes what is there, at most some messages. False: the other side has gone.
  bool read(int fd) {
    std::array<char, sizeof(xsd_sockmsg) + XENSTORE_PAYLOAD_MAX> part{};
    const ssize_t got = ::recv(fd, part.data(), part.size(), MSG_DONTWAIT);
    if (got > 0) bytes_.append(part.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
  }

  /// The next that is whole.
  std::optional<Message> next() {
    Message message;
    if (bytes_.size() < sizeof message.header) return std::nullopt;
    std::memcpy(&message.header, bytes_.data(), sizeof message.header);
    if (is_too_long() || bytes_.size() < sizeof message.header + message.header.len)
      return std::nullopt;
    message.body = bytes_.substr(sizeof message.header, message.header.len);
    bytes_.erase(0, sizeof message.header + message.header.len);
    return message;
  }

  /// Whether it is not xenstore's protocol that is spoken.
  bool is_too_long() const {
    xsd_sockmsg header{};
    if (bytes_.size() < sizeof header) return false;
    std::memcpy(&header, bytes_.data(), sizeof header);
    return header.len > XENSTORE_PAYLOAD_MAX;
  }

 private:
  std::string bytes_;
};

/// Asks for one thing at a time, as libxenstore does: the next request is looked at when the last
/// one has its answer.
class Client {
 public:
  Client(FileDescriptor client, FileDescriptor store)
      : client_{std::move(client)}, store_{std::move(store)} {}

  int client() const { return client_.get(); }
  int store() const { return store_.get(); }
  short awaited() const {
    return static_cast<short>((asked_ ? 0 : POLLIN) | (unread_.empty() ? 0 : POLLOUT));
  }

  /// What both have to say, by what poll(2) has found. False where one of them has gone.
  template <typename Refuse>
  bool works(const FilterRules& rules, short at_client, short at_store, Refuse& refused);

 private:
  FilterVerdict verdict_on(const FilterRules& rules, const Message& request) const {
    const std::uint32_t type = request.header.type;
    const bool is_too_much = (type == XS_WATCH && watches_ >= most_watches) ||
                             (type == XS_TRANSACTION_START && transactions_ >= most_transactions);
    return is_too_much ? FilterVerdict::refuse : judge(rules, {.type = type, .body = request.body});
  }

  bool send_request(const Message& request) {
    const std::string bytes = request.bytes();
    asked_ = request.header.type;
    return ::send(store_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }

  void answer(const Message& request, std::uint32_t type, const std::string& text) {
    Message answer{.header = request.header, .body = text + '\0'};
    answer.header.type = type;
    answer.header.len = static_cast<std::uint32_t>(answer.body.size());
    unread_ += answer.bytes();
  }

  void note_answer(std::uint32_t type) {
    if (type == XS_WATCH) ++watches_;
    if (type == XS_UNWATCH) --watches_;
    if (type == XS_TRANSACTION_START) ++transactions_;
    // Also where it could not be carried through.
    if (*asked_ == XS_TRANSACTION_END) --transactions_;
    asked_.reset();
  }

  void hand_on(const FilterRules& rules, const Message& message) {
    if (message.header.type != XS_WATCH_EVENT) {
      if (!asked_) return;
      note_answer(message.header.type);
    } else if (!may_see(rules, message.body.substr(0, message.body.find('\0')))) {
      return;
    }
    unread_ += message.bytes();
  }

  bool write_unread() {
    const ssize_t sent =
        ::send(client_.get(), unread_.data(), unread_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) unread_.erase(0, static_cast<std::size_t>(sent));
    return sent >= 0 || errno == EINTR || errno == EAGAIN;
  }

  FileDescriptor client_;
  FileDescriptor store_;
  Incoming requests_;
  Incoming answers_;
  std::string unread_;
  std::optional<std::uint32_t> asked_;  ///< the type of what has no answer yet
  int watches_ = 0;
  int transactions_ = 0;
};

template <typename Refuse>
bool Client::works(const FilterRules& rules, short at_client, short at_store, Refuse& refused) {
  if ((at_store & (POLLIN | POLLHUP | POLLERR)) != 0 && !answers_.read(store_.get())) return false;
  while (const auto message = answers_.next()) hand_on(rules, *message);
  if ((at_client & (POLLIN | POLLHUP | POLLERR)) != 0 && !requests_.read(client_.get()))
    return false;
  while (!asked_) {
    const auto request = requests_.next();
    if (!request) break;
    switch (verdict_on(rules, *request)) {
      case FilterVerdict::pass:
        if (!send_request(*request)) return false;
        break;
      case FilterVerdict::pretend:
        answer(*request, request->header.type, "OK");
        break;
      case FilterVerdict::refuse:
        answer(*request, XS_ERROR, "EACCES");
        refused(*request);
        break;
    }
  }
  if (requests_.is_too_long() || answers_.is_too_long()) return false;
  return (unread_.empty() || write_unread()) && unread_.size() <= most_unread;
}

/// Tells of the first requests that are refused.
class Refusals {
 public:
  explicit Refusals(std::ostream& log) : log_{log} {}
  void operator()(const Message& request) {
    if (++count_ > most_refusals_told) return;
    log_ << "xenlaunch: what serves the paravirtual disks may not " << describe(request)
         << " in xenstore" << (count_ == most_refusals_told ? "; more of this is not told" : "")
         << std::endl;
  }

 private:
  static std::string describe(const Message& request) {
    constexpr std::size_t longest = 120;
    const std::string path = request.body.substr(0, request.body.find('\0'));
    return name_of(request.header.type) + " '" + excerpt(path, longest) + "'";
  }

  static std::string name_of(std::uint32_t type) {
    switch (type) {
      case XS_DIRECTORY:
      case XS_READ:
        return "read";
      case XS_WATCH:
        return "watch";
      case XS_WRITE:
      case XS_MKDIR:
        return "write";
      case XS_RM:
        return "remove";
      default:
        return "ask for " + std::to_string(type) + " of";
    }
  }

  std::ostream& log_;
  int count_ = 0;
};

}  // namespace

void serve_store_filter(const FileDescriptor& socket, const FilterRules& rules,
                        const ConnectStore& connect, std::ostream& log,
                        std::chrono::milliseconds time_to_come) {
  Refusals refusals{log};
  std::vector<std::unique_ptr<Client>> clients;
  for (bool has_come = false;;) {
    std::vector<pollfd> polled;
    polled.push_back(
        {.fd = clients.size() < most_clients ? socket.get() : -1, .events = POLLIN, .revents = 0});
    for (const auto& client : clients) {
      polled.push_back({.fd = client->client(), .events = client->awaited(), .revents = 0});
      polled.push_back({.fd = client->store(), .events = POLLIN, .revents = 0});
    }
    const bool may_end = has_come && clients.empty();
    const int ready =
        ::poll(polled.data(), polled.size(), may_end ? static_cast<int>(time_to_come.count()) : -1);
    if (ready == 0 && may_end) return;
    if (ready < 0) {
      if (errno == EINTR) continue;
      throw_errno(ExitCode::device_model, errno, "wait for what serves the paravirtual disks");
    }
    for (std::size_t i = clients.size(); i-- > 0;)
      if (!clients[i]->works(rules, polled[2 * i + 1].revents, polled[2 * i + 2].revents, refusals))
        clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(i));
    if (polled.front().revents == 0) continue;
    FileDescriptor client{::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (client.get() < 0) continue;
    FileDescriptor store = connect();
    if (store.get() < 0)
      throw_errno(ExitCode::xenstore, errno,
                  "connect what serves the paravirtual disks to xenstored");
    clients.push_back(std::make_unique<Client>(std::move(client), std::move(store)));
    has_come = true;
  }
}

int run_store_filter(const std::vector<std::string>& words, std::ostream& log) {
  ::prctl(PR_SET_NAME, "qemu-xenstore");
  try {
    serve_store_filter(
        FileDescriptor{::dup(STDIN_FILENO)}, parse_filter_rules(words),
        [] { return connect_unix(xenstored_socket); }, log);
    return 0;
  } catch (const Error& error) {
    log << "xenlaunch: " << error.what() << std::endl;
    return static_cast<int>(error.code);
  }
}

}  // namespace xenlaunch
