#include "devicemodel/qmp_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "base/unix_socket.h"

namespace xenlaunch {
namespace {

using json = nlohmann::json;

constexpr std::chrono::seconds answer_time{5};
constexpr std::chrono::seconds time_to_connect{5};
/// QEMU's answers are a few KiB; more than this is no answer of QEMU's.
constexpr std::size_t max_answer_bytes = 1 << 20;
/// More than this in one line is no event of QEMU's.
constexpr std::size_t max_event_bytes = 64 << 10;
/// Characters of a name of QEMU's that are shown.
constexpr std::size_t name_length = 64;

/// Appends what has come, without waiting. 0 at the end, negative with errno.
ssize_t receive(const FileDescriptor& socket, std::string& text) {
  std::array<char, 4096> part;
  const ssize_t got = ::recv(socket.get(), part.data(), part.size(), MSG_DONTWAIT);
  if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
  return got;
}

/// Without waiting; the descriptor `file` goes along, unless it is -1. Negative with errno.
ssize_t send_with_file(int socket, std::string& text, int file) {
  iovec content{.iov_base = text.data(), .iov_len = text.size()};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof file)> rights{};
  if (file >= 0) {
    message.msg_control = rights.data();
    message.msg_controllen = rights.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof file);
    std::memcpy(CMSG_DATA(header), &file, sizeof file);
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool is_to_be_tried_again() {
  return errno == EAGAIN || errno == EINTR;
}

/// The first line of `text`, taken out of it with its newline; nullopt where it has no whole one.
std::optional<std::string> take_line(std::string& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = text.substr(0, end);
  text.erase(0, end + 1);
  return line;
}

/// All whole lines of it, likewise.
std::vector<std::string> take_lines(std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  text.erase(0, begin);
  return lines;
}

/// null, or what else is no object, where `line` is not JSON.
json parsed(std::string_view line) {
  return json::parse(line, nullptr, /*allow_exceptions=*/false);
}

/// The text under `key`; empty where there is none.
std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

QmpClient::QmpClient(const std::filesystem::path& socket)
    : path_{socket.string()}, socket_{connect_unix(socket, time_to_connect)} {
  if (socket_.get() < 0) fail(errno_text(errno));
}

void QmpClient::fail(const std::string& reason) const {
  throw Error{ExitCode::device_model, "cannot ask QEMU over " + path_ + ": " + reason};
}

void QmpClient::send(const std::string& command, const std::string& arguments, int file) const {
  // So little that the socket takes it at once.
  std::string text = "{\"execute\":\"" + command + "\"";
  if (!arguments.empty()) text += ",\"arguments\":" + arguments;
  text += "}\n";
  if (send_with_file(socket_.get(), text, file) != static_cast<ssize_t>(text.size()))
    fail(errno_text(errno));
}

bool QmpClient::wait_readable(Deadline deadline) const {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd socket{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  const auto time = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
  return ::poll(&socket, 1, time) != 0;  // an error is met again where it is read
}

std::string QmpClient::read_line(Deadline deadline) {
  while (true) {
    if (std::optional<std::string> line = take_line(received_)) return *std::move(line);
    if (received_.size() >= max_answer_bytes) fail("its answer has no end");
    if (!wait_readable(deadline)) fail("it did not answer in time");
    const ssize_t got = receive(socket_, received_);
    if (got == 0) fail("it has hung up");
    if (got < 0 && !is_to_be_tried_again()) fail(errno_text(errno));
  }
}

std::string QmpClient::ask(const std::string& command, const std::string& arguments,
                           Deadline deadline, int file) {
  send(command, arguments, file);
  while (true) {
    std::string line = read_line(deadline);
    const json answer = parsed(line);
    if (!answer.is_object()) fail("it sent no JSON object");
    if (answer.contains("return")) return line;
    if (const auto error = answer.find("error"); error != answer.end()) {
      QmpRefusal refusal{ExitCode::device_model,
                         "cannot ask QEMU over " + path_ + ": it refused " + command};
      if (error->is_object()) refusal.words = text_of(*error, "desc");
      throw refusal;
    }
    // What floods is always readable.
    if (std::chrono::steady_clock::now() >= deadline) fail("it did not answer in time");
  }
}

std::string QmpClient::execute(const std::string& command, std::chrono::seconds limit,
                               const std::string& arguments) {
  return execute(command, limit, arguments, -1);
}

std::string QmpClient::execute(const std::string& command, std::chrono::seconds limit,
                               const std::string& arguments, int file) {
  const Deadline deadline = std::chrono::steady_clock::now() + limit;
  if (!std::exchange(negotiated_, true)) {
    read_line(deadline);  // the greeting
    ask("qmp_capabilities", "", deadline, -1);
  }
  return ask(command, arguments, deadline, file);
}

void QmpClient::with_file(const FileDescriptor& file, std::chrono::seconds limit,
                          const std::function<void(const std::string&)>& use) {
  const json answer = parsed(execute("add-fd", limit, "", file.get()));
  const auto& info = answer["return"];
  const auto set = info.find("fdset-id");
  if (!info.is_object() || set == info.end() || !set->is_number_unsigned())
    fail("it does not say what it calls the file that it was given");
  const std::string number = std::to_string(set->get<std::uint64_t>());
  const std::string take_back = "{\"fdset-id\":" + number + "}";
  try {
    use("/dev/fdset/" + number);
  } catch (...) {
    try {
      execute("remove-fd", limit, take_back);
    } catch (const Error&) {
      // Why it could not be used is what the user wants to know.
    }
    throw;
  }
  execute("remove-fd", limit, take_back);
}

void QmpClient::listen(EventLoop& events, std::function<void(std::string_view)> tell,
                       std::function<void()> floods) {
  // The greeting and the answer are lines like others.
  if (!std::exchange(negotiated_, true)) send("qmp_capabilities", "", -1);
  const auto readable = [this, tell = std::move(tell)] {
    const ssize_t got = receive(socket_, received_);
    if (got < 0 && is_to_be_tried_again()) return true;
    for (const std::string& line : take_lines(received_)) tell(line);
    return got > 0 && received_.size() < max_event_bytes;
  };
  watch_ = events.watch(socket_.get(), readable, std::move(floods));
}

bool is_answer(std::string_view line) {
  const json answer = parsed(line);
  return answer.is_object() && answer.contains("return");
}

std::optional<std::string> qmp_message(std::string_view line) {
  const json event = parsed(line);
  if (!event.is_object()) return std::nullopt;
  const std::string name = text_of(event, "event");
  if (name == "GUEST_PANICKED") return "the guest's kernel says that it panicked";
  const auto data = event.find("data");
  if (name != "BLOCK_IO_ERROR" || data == event.end() || !data->is_object()) return std::nullopt;
  const auto full = data->find("nospace");
  std::string reason = excerpt(text_of(*data, "reason"), name_length);
  if (full != data->end() && *full == true) reason = "no space is left";
  if (reason.empty()) reason = "QEMU gives no reason";
  return "a " + excerpt(text_of(*data, "operation"), name_length) + " of the guest to its disk " +
         excerpt(text_of(*data, "device"), name_length) + " failed: " + reason;
}

std::string serial_tty_in(const std::string& query_chardev_answer) {
  constexpr std::string_view before_number = "pty:/dev/pts/";
  const json answer = parsed(query_chardev_answer);
  if (!answer.is_object() || !answer.contains("return") || !answer["return"].is_array()) return {};
  for (const json& device : answer["return"]) {
    if (!device.is_object() || text_of(device, "label") != "serial0") continue;
    const std::string name = text_of(device, "filename");
    if (!name.starts_with(before_number)) continue;
    const std::string_view number = std::string_view{name}.substr(before_number.size());
    const bool is_number = number.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_number && !number.empty() && number.size() <= 9) return name.substr(4);
  }
  return {};
}

std::string query_serial_tty(const std::filesystem::path& socket) {
  const std::string tty = serial_tty_in(QmpClient{socket}.execute("query-chardev", answer_time));
  if (tty.empty())
    throw Error{ExitCode::device_model,
                "cannot find the guest's serial port: QEMU names no pty for it"};
  return tty;
}

}  // namespace xenlaunch
