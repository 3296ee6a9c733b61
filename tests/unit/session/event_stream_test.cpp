#include "launcher/session/event_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

const ProgressEvent running{.event = "state", .name = "running", .domid = 7};
const std::string running_line = R"("vm":"win10","event":"state","name":"running","domid":7)";

/// A pipe whose ends do not wait.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    reader = FileDescriptor{ends[0]};
    writer = FileDescriptor{ends[1]};
  }
  FileDescriptor reader;
  FileDescriptor writer;
};

/// All that can be read now.
std::string read_all(int file) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = ::read(file, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

void fill(int pipe) {
  const std::string page(4096, 'x');
  while (::write(pipe, page.data(), page.size()) > 0) {
  }
}

/// The one line of `text` without its time, which cannot be foretold.
std::string without_time(const std::string& text) {
  REQUIRE(text.starts_with("{\"time\":"));
  REQUIRE(text.find('\n') == text.size() - 1);
  CHECK(nlohmann::json::parse(text)["time"].is_number());
  const std::string rest = text.substr(text.find(',') + 1);
  return rest.substr(0, rest.size() - 2);
}

/// As it is once a VM is being looked after.
class WithoutSigpipe {
 public:
  WithoutSigpipe() : before_{std::signal(SIGPIPE, SIG_IGN)} {}
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  ~WithoutSigpipe() { std::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int);
};

TEST_CASE("an event is one line with what it has, and nothing else") {
  CHECK(format_event({.event = "step",
                      .name = "bind_to_pciback",
                      .phase = "begun",
                      .device = "0000:00:02.0",
                      .text = "bind 0000:00:02.0 to pciback"},
                     "win10", 12.5, 0) ==
        R"({"time":12.5,"vm":"win10","event":"step","name":"bind_to_pciback","phase":"begun",)"
        R"("device":"0000:00:02.0","text":"bind 0000:00:02.0 to pciback"})");
  CHECK(format_event({.event = "undo",
                      .name = "restore_device",
                      .phase = "failed",
                      .device = "0000:00:02.0",
                      .text = "give it back",
                      .reason = "it is \"busy\"\n"},
                     "win10", 0.000001, 0) ==
        R"({"time":1e-06,"vm":"win10","event":"undo","name":"restore_device","phase":"failed",)"
        R"("device":"0000:00:02.0","text":"give it back","reason":"it is \"busy\"\n"})");
  CHECK(format_event(running, "win10", 3.0, 0) == "{\"time\":3.0," + running_line + "}");
  CHECK(format_event({.event = "state", .name = "ending", .domid = 0}, "win10", 3.0, 0) ==
        R"({"time":3.0,"vm":"win10","event":"state","name":"ending","domid":0})");
  CHECK(format_event({.event = "warning", .name = "", .text = "a\xff"}, "win10", 3.0, 0) ==
        "{\"time\":3.0,\"vm\":\"win10\",\"event\":\"warning\",\"text\":\"a\xef\xbf\xbd\"}");
}

TEST_CASE("a number that no descriptor has is none, and no file's name either") {
  for (const char* number : {"99999999999", "2147483648", "00099999999999999999999"})
    CHECK(error_of([number] { EventStream(number, "win10"); }) ==
          "2: cannot write events to " + std::string{number} + ": Bad file descriptor");
}

TEST_CASE("an event's control characters are escaped, those too that JSON would leave") {
  ProgressEvent event = running;
  event.text = "\x7f\xc2\x9b\xe2\x80\xae";
  CHECK(format_event(event, "win10", 3.0, 0).find("\\u007f\\u009b\\u202e") != std::string::npos);
}

TEST_CASE("an event says how many were lost before it") {
  CHECK(format_event(running, "win10", 3.0, 2) == "{\"time\":3.0," + running_line + ",\"lost\":2}");
}

TEST_CASE("a descriptor is a number and nothing else is") {
  CHECK(event_descriptor("0") == 0);
  CHECK(event_descriptor("3") == 3);
  CHECK(event_descriptor("2147483647") == 2147483647);
  for (const char* path : {"", "-", "-1", "-3", "+3", " 3", "3 ", "3x", "0x3", "3.0", "2147483648",
                           "/run/events", "./3", "events"}) {
    CAPTURE(path);
    CHECK(event_descriptor(path) == -1);
  }
}

TEST_CASE("events go to the descriptor that is named by its number") {
  const Pipe pipe;
  EventStream events{std::to_string(pipe.writer.get()), "win10"};
  events.event(running);
  CHECK(without_time(read_all(pipe.reader.get())) == running_line);
  events.warning("a warning");
  CHECK(without_time(read_all(pipe.reader.get())) ==
        R"("vm":"win10","event":"warning","text":"a warning")");
  events.step("not told");
  events.info("not told");
  CHECK(read_all(pipe.reader.get()).empty());
}

TEST_CASE("a descriptor that is not open is refused") {
  CHECK(error_of([] { EventStream("2147483647", "win10"); }) ==
        "2: cannot write events to 2147483647: Bad file descriptor");
}

TEST_CASE("what looks like an option or a negative number becomes no file") {
  CHECK(error_of([] { EventStream("-1", "win10"); }) ==
        "2: cannot write events to -1: it is neither the number of a descriptor nor a path; ./-1 "
        "is a path");
}

TEST_CASE("a file is appended to") {
  const TemporaryTree tree;
  tree.write("events", "before\n");
  EventStream{tree.path("events"), "win10"}.event(running);
  const std::string text = tree.read("events");
  REQUIRE(text.starts_with("before\n"));
  CHECK(without_time(text.substr(7)) == running_line);
}

TEST_CASE("a file that cannot be written to is refused") {
  const TemporaryTree tree;
  CHECK(error_of([&] { EventStream(tree.path("none/events"), "win10"); }) ==
        "2: cannot write events to " + tree.path("none/events") + ": No such file or directory");
  CHECK(error_of([&] { EventStream(tree.root().string(), "win10"); }) ==
        "2: cannot write events to " + tree.root().string() + ": Is a directory");
}

TEST_CASE("a FIFO has to have a reader") {
  const TemporaryTree tree;
  const std::string fifo = tree.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(error_of([&] { EventStream(fifo, "win10"); }) ==
        "2: cannot write events to " + fifo + " (nobody reads it): No such device or address");
  const FileDescriptor reader{::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  EventStream events{fifo, "win10"};
  events.event(running);
  CHECK(without_time(read_all(reader.get())) == running_line);
}

TEST_CASE("a reader that does not keep up is told how many events it has lost, once") {
  const Pipe pipe;
  EventStream events{std::to_string(pipe.writer.get()), "win10"};
  fill(pipe.writer.get());
  for (int i = 0; i < 3; ++i) events.event(running);
  const std::string before = read_all(pipe.reader.get());
  CHECK(before == std::string(before.size(), 'x'));
  events.event(running);
  CHECK(without_time(read_all(pipe.reader.get())) == running_line + ",\"lost\":3");
  events.event(running);
  CHECK(without_time(read_all(pipe.reader.get())) == running_line);
}

TEST_CASE("nothing waits for a full pipe whose writers would") {
  const Pipe pipe;
  fill(pipe.writer.get());
  REQUIRE(::fcntl(pipe.writer.get(), F_SETFL, 0) == 0);
  EventStream events{std::to_string(pipe.writer.get()), "win10"};
  events.event(running);
  read_all(pipe.reader.get());
  events.event(running);
  CHECK(without_time(read_all(pipe.reader.get())) == running_line + ",\"lost\":1");
}

TEST_CASE("a reader that has gone loses all, and a FIFO's next one is told how much") {
  const WithoutSigpipe guard;
  const TemporaryTree tree;
  const std::string fifo = tree.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto open_reader = [&fifo] {
    return FileDescriptor{::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  };
  FileDescriptor reader = open_reader();
  EventStream events{fifo, "win10"};
  { const FileDescriptor gone = std::move(reader); }
  for (int i = 0; i < 2; ++i) events.event(running);
  const FileDescriptor next = open_reader();
  events.event(running);
  CHECK(without_time(read_all(next.get())) == running_line + ",\"lost\":2");
}

TEST_CASE("an event that is longer than a pipe takes at once is shortened, and comes whole") {
  const Pipe pipe;
  fill(pipe.writer.get());
  std::array<char, 4096> page{};
  REQUIRE(::read(pipe.reader.get(), page.data(), page.size()) == 4096);
  EventStream events{std::to_string(pipe.writer.get()), "win10"};
  events.warning(std::string(8192, 'w'));
  const std::string all = read_all(pipe.reader.get());
  CHECK(without_time(all.substr(all.find('{'))) ==
        R"("vm":"win10","event":"warning","text":")" + std::string(2048, 'w') + "\"");
  events.event(running);
  CHECK(without_time(read_all(pipe.reader.get())) == running_line);
}

}  // namespace
}  // namespace xenlaunch::test
