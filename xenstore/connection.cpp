#include "xenstore/connection.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "xenstore/wire.h"

namespace xenlaunch {
namespace {

[[noreturn]] void throw_ended() {
  throw Error{ExitCode::xenstore, "cannot reach xenstored: it has ended"};
}

[[noreturn]] void throw_nonsense(const std::string& what) {
  throw Error{ExitCode::xenstore, "cannot understand xenstored: it sent " + what};
}

/// The errno of an answer of type XS_ERROR: its name, with a NUL behind it.
int errno_of(const std::string& body) {
  for (const auto& known : xsd_errors)
    if (body == std::string{known.errstring} + '\0') return known.errnum;
  return EINVAL;  // as libxenstore has it
}

std::string encode(const StoreRequest& request, std::uint32_t id) {
  const xsd_sockmsg header{.type = request.type,
                           .req_id = id,
                           .tx_id = request.transaction,
                           .len = static_cast<std::uint32_t>(request.body.size())};
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes + request.body;
}

}  // namespace

struct StoreConnection::Message {
  xsd_sockmsg header{};
  std::string body;
};

StoreConnection::StoreConnection(FileDescriptor socket)
    : socket_{std::move(socket)},
      kept_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      either_{::epoll_create1(EPOLL_CLOEXEC)} {
  for (const int fd : {socket_.get(), kept_.get()}) {
    epoll_event readable{};
    readable.events = EPOLLIN;
    if (::epoll_ctl(either_.get(), EPOLL_CTL_ADD, fd, &readable) < 0)
      throw_errno(ExitCode::xenstore, errno, "wait for xenstored");
  }
}

StoreConnection::~StoreConnection() = default;

std::vector<StoreAnswer> StoreConnection::ask(const std::vector<StoreRequest>& requests) {
  require_sense();
  std::string bytes;
  std::vector<std::uint32_t> ids;
  for (const StoreRequest& request : requests) {
    const bool fits = request.body.size() <= XENSTORE_PAYLOAD_MAX;
    ids.push_back(fits ? ++last_request_ : 0);
    if (fits) bytes += encode(request, ids.back());
  }
  send(bytes);
  std::vector<StoreAnswer> answers;
  for (std::size_t i = 0; i < ids.size(); ++i)
    answers.push_back(ids[i] == 0 ? StoreAnswer{.error = E2BIG, .body = ""}
                                  : await_answer(requests[i].type, ids[i]));
  return answers;
}

void StoreConnection::require_sense() const {
  if (!nonsense_.empty()) throw_nonsense(nonsense_);
}

void StoreConnection::refuse(const std::string& what) {
  nonsense_ = what;
  throw_nonsense(what);
}

StoreAnswer StoreConnection::await_answer(std::uint32_t type, std::uint32_t id) {
  while (answers_.empty()) receive(0);
  Message message = std::move(answers_.front());
  answers_.pop_front();
  const bool failed = message.header.type == XS_ERROR;
  if (message.header.req_id != id || (message.header.type != type && !failed))
    refuse("an answer to something else");
  if (failed) return {.error = errno_of(message.body), .body = ""};
  return {.error = 0, .body = std::move(message.body)};
}

std::vector<std::string> StoreConnection::take_changes() {
  require_sense();
  while (receive(MSG_DONTWAIT)) {
  }
  if (!answers_.empty()) refuse("an answer that nobody had asked for");
  eventfd_t number = 0;
  ::eventfd_read(kept_.get(), &number);
  return std::exchange(changes_, {});
}

void StoreConnection::send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count =
        ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) throw_ended();
    if (count < 0) throw_errno(ExitCode::xenstore, errno, "write to xenstored");
    sent += static_cast<std::size_t>(count);
  }
}

/// False: nothing is there, and `flags` say not to wait.
bool StoreConnection::receive(int flags) {
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  do {
    count = ::recv(socket_.get(), buffer.data(), buffer.size(), flags);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno == EAGAIN) return false;
  if (count == 0 || (count < 0 && errno == ECONNRESET)) throw_ended();
  if (count < 0) throw_errno(ExitCode::xenstore, errno, "read from xenstored");
  received_.append(buffer.data(), static_cast<std::size_t>(count));
  Message message;
  while (take_message(message)) keep(std::move(message));
  return true;
}

/// A change is the path that changed and the token of its watch, a NUL behind each.
void StoreConnection::keep(Message message) {
  if (message.header.type != XS_WATCH_EVENT) {
    answers_.push_back(std::move(message));
    return;
  }
  const std::string& body = message.body;
  const std::size_t token = body.find('\0') + 1;
  if (token == 0 || token == body.size() || body.back() != '\0') refuse("a change without a token");
  changes_.push_back(body.substr(token, body.size() - token - 1));
  ::eventfd_write(kept_.get(), 1);
}

/// False: not all of one has come yet.
bool StoreConnection::take_message(Message& message) {
  if (received_.size() < sizeof message.header) return false;
  std::memcpy(&message.header, received_.data(), sizeof message.header);
  if (message.header.len > XENSTORE_PAYLOAD_MAX) refuse("more than a message may have");
  const std::size_t size = sizeof message.header + message.header.len;
  if (received_.size() < size) return false;
  message.body = received_.substr(sizeof message.header, message.header.len);
  received_.erase(0, size);
  return true;
}

}  // namespace xenlaunch
