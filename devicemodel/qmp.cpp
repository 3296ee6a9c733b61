#include "devicemodel/qmp.h"

#include <sys/un.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <istream>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/error.h"

namespace xenlaunch {
namespace {

namespace asio = boost::asio;
using json = nlohmann::json;

constexpr std::chrono::seconds answer_time{5};
/// QEMU's answers are a few KiB; more than this is no answer of QEMU's.
constexpr std::size_t max_answer_bytes = 1 << 20;

/// One conversation, over before `answer_time` has passed.
class Qmp {
 public:
  explicit Qmp(const std::filesystem::path& path)
      : path_{path.string()}, buffer_{max_answer_bytes} {
    if (path_.size() >= sizeof(sockaddr_un::sun_path)) fail(errno_text(ENAMETOOLONG));
    boost::system::error_code error;
    socket_.connect({path_}, error);
    if (error) fail(error.message());
    read_line();  // the greeting
    execute("qmp_capabilities");
  }

  /// The answer to `command`; events in between are skipped.
  std::string execute(const std::string& command) {
    write(json{{"execute", command}}.dump() + "\n");
    while (true) {
      const std::string line = read_line();
      const json answer = json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!answer.is_object()) fail("it sent no JSON object");
      if (answer.contains("return")) return line;
      if (answer.contains("error")) fail("it refused " + command);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error{ExitCode::device_model, "cannot ask QEMU over " + path_ + ": " + reason};
  }

  void finish(boost::system::error_code& error) {
    context_.restart();
    context_.run_until(deadline_);
    if (context_.stopped()) return;
    socket_.close();  // ends the operation, whose handler refers to our locals
    context_.run();
    error = asio::error::timed_out;
  }

  void write(const std::string& text) {
    boost::system::error_code result;
    asio::async_write(
        socket_, asio::buffer(text),
        [&result](const boost::system::error_code& error, std::size_t) { result = error; });
    finish(result);
    if (result) fail(result.message());
  }

  std::string read_line() {
    boost::system::error_code result;
    asio::async_read_until(
        socket_, buffer_, '\n',
        [&result](const boost::system::error_code& error, std::size_t) { result = error; });
    finish(result);
    if (result) fail(result.message());
    std::istream stream{&buffer_};
    std::string line;
    std::getline(stream, line);
    return line;
  }

  std::string path_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + answer_time;
  asio::io_context context_;
  asio::local::stream_protocol::socket socket_{context_};
  asio::streambuf buffer_;
};

}  // namespace

std::string serial_tty_in(const std::string& query_chardev_answer) {
  const json answer = json::parse(query_chardev_answer, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object() || !answer.contains("return") || !answer["return"].is_array()) return {};
  static const std::regex pty{"pty:(/dev/pts/[0-9]{1,9})"};
  for (const json& device : answer["return"]) {
    if (!device.is_object() || device.value("label", json{}) != "serial0") continue;
    const json file = device.value("filename", json{});
    std::smatch match;
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (std::regex_match(name, match, pty)) return match[1];
  }
  return {};
}

std::string query_serial_tty(const std::filesystem::path& socket) {
  const std::string tty = serial_tty_in(Qmp{socket}.execute("query-chardev"));
  if (tty.empty())
    throw Error{ExitCode::device_model,
                "cannot find the guest's serial port: QEMU names no pty for it"};
  return tty;
}

}  // namespace xenlaunch
