#include "devicemodel/qmp_events.h"

#include <sys/un.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

namespace xenlaunch {
namespace {

namespace asio = boost::asio;
using json = nlohmann::json;

/// More than this in one line is no event of QEMU's.
constexpr std::size_t max_line_bytes = 64 << 10;

/// Letters, digits and what else a name of QEMU's has; the rest as '?', at most 64 characters.
std::string plain(const json& value) {
  std::string text;
  if (value.is_string()) text = value.get<std::string>().substr(0, 64);
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

}  // namespace

std::optional<std::string> qmp_message(std::string_view line) {
  const json event = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) return std::nullopt;
  const json name = event.value("event", json{});
  const json data = event.value("data", json{});
  if (name == "GUEST_PANICKED") return "the guest's kernel says that it panicked";
  if (name != "BLOCK_IO_ERROR" || !data.is_object()) return std::nullopt;
  const bool full = data.value("nospace", json{}) == true;
  std::string reason = full ? "no space is left" : plain(data.value("reason", json{}));
  if (reason.empty()) reason = "QEMU gives no reason";
  return "a " + plain(data.value("operation", json{})) + " of the guest to its disk " +
         plain(data.value("device", json{})) + " failed: " + reason;
}

struct QmpEvents::Impl : std::enable_shared_from_this<QmpEvents::Impl> {
  Impl(asio::io_context& context, std::function<void(std::string)> tell_)
      : socket{context}, tell{std::move(tell_)} {}

  asio::local::stream_protocol::socket socket;
  std::function<void(std::string)> tell;  ///< empty once nobody listens any more
  std::string buffer;
  std::string greeting = "{\"execute\": \"qmp_capabilities\"}\n";

  void greet() {
    asio::async_write(
        socket, asio::buffer(greeting),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (!error) self->read();
        });
  }

  void read() {
    asio::async_read_until(
        socket, asio::dynamic_buffer(buffer, max_line_bytes), '\n',
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t bytes) {
          if (error || !self->tell) return;
          const std::optional<std::string> message =
              qmp_message(std::string_view{self->buffer}.substr(0, bytes));
          self->buffer.erase(0, bytes);
          if (message) self->tell(*message);
          self->read();
        });
  }
};

QmpEvents::QmpEvents(asio::io_context& context, const std::filesystem::path& socket,
                     std::function<void(std::string)> tell)
    : impl_{std::make_shared<Impl>(context, std::move(tell))} {
  if (socket.string().size() >= sizeof(sockaddr_un::sun_path)) return;
  boost::system::error_code error;
  impl_->socket.connect({socket.string()}, error);
  if (!error) impl_->greet();
}

QmpEvents::~QmpEvents() {
  impl_->tell = {};
  boost::system::error_code ignored;
  impl_->socket.close(ignored);
}

}  // namespace xenlaunch
