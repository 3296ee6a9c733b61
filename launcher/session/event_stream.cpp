#include "launcher/session/event_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

using json = nlohmann::ordered_json;

FileDescriptor open_target(const std::string& target) {
  const std::string action = "write events to " + target;
  if (target.starts_with('-'))
    throw Error{ExitCode::usage, "cannot " + action +
                                     ": it is neither the number of a descriptor nor a path; "
                                     "./" +
                                     target + " is a path"};
  if (const int number = event_descriptor(target); number >= 0) {
    FileDescriptor copy{::fcntl(number, F_DUPFD_CLOEXEC, 3)};  // that QEMU does not inherit
    if (copy.get() < 0) throw_errno(ExitCode::usage, errno, action);
    return copy;
  }
  if (!target.empty() && target.find_first_not_of("0123456789") == std::string::npos)
    throw_errno(ExitCode::usage, EBADF, action);
  // Non-blocking: a FIFO that nobody reads is an error, and not a wait for ever.
  FileDescriptor file{
      ::open(target.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0640)};
  const int error = errno;
  if (file.get() < 0)
    throw_errno(ExitCode::usage, error, action + (error == ENXIO ? " (nobody reads it)" : ""));
  return file;
}

double monotonic_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec / 1000) / 1e6;
}

}  // namespace

EventStream::EventStream(const std::string& target, std::string vm)
    : vm_{std::move(vm)}, file_{open_target(target)} {}

int event_descriptor(const std::string& target) {
  int number = -1;
  const char* end = target.data() + target.size();
  const auto [stop, error] = std::from_chars(target.data(), end, number);
  return error == std::errc{} && stop == end && number >= 0 ? number : -1;
}

void EventStream::warning(const std::string& text) {
  event({.event = "warning", .name = "", .text = text});
}

void EventStream::event(const ProgressEvent& event) {
  // What a pipe takes as a whole or not at all; only a text that quotes somebody can be longer.
  ProgressEvent shortened = event;
  std::string line = format_event(event, vm_, monotonic_seconds(), lost_);
  for (std::size_t longest = PIPE_BUF; line.size() >= PIPE_BUF && longest > 0; longest /= 2) {
    shortened.text = event.text.substr(0, longest);
    shortened.reason = event.reason.substr(0, longest);
    line = format_event(shortened, vm_, monotonic_seconds(), lost_);
  }
  send(line);
}

void EventStream::send(const std::string& line) {
  const std::string text = line + "\n";
  pollfd file{.fd = file_.get(), .events = POLLOUT, .revents = 0};
  // A pipe that is writable takes PIPE_BUF bytes whole and without waiting; of more it may take a
  // part, or wait for the reader.
  const bool writable =
      text.size() <= PIPE_BUF && ::poll(&file, 1, 0) == 1 && (file.revents & POLLOUT) != 0;
  if (writable && ::write(file_.get(), text.data(), text.size()) > 0)
    lost_ = 0;
  else
    ++lost_;
}

std::string format_event(const ProgressEvent& event, const std::string& vm, double seconds,
                         std::size_t lost) {
  json document{{"time", seconds}, {"vm", vm}, {"event", event.event}};
  const auto add = [&document](const char* key, const std::string& value) {
    if (!value.empty()) document[key] = value;
  };
  add("name", event.name);
  add("phase", event.phase);
  add("device", event.device);
  add("text", event.text);
  add("reason", event.reason);
  if (event.domid) document["domid"] = *event.domid;
  if (lost > 0) document["lost"] = lost;
  return json_without_controls(document.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace xenlaunch
